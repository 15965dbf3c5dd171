"""The Django project: settings, addresses, commands. Wires the apps; holds no rule."""
