"""Django's own template tags, faster where a template writes out what it means.

Most of a page's time goes into tags whose result is known beforehand: a sentence in the reader's language, the
address of a page without parameters, a file's address. Templates load ``i18n`` and ``static`` as ever and get
these (``libraries`` and ``builtins`` of ``TEMPLATES``); what is not written out is left to Django.
"""
