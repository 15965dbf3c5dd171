"""The API under arbitrary requests of people who may do everything: no server error, only documented answers.

Visitors are refused before most code runs (`test_api_contract`); here a writer, a top writer and a host ask.
"""

from __future__ import annotations

import pytest
import schemathesis
from django.conf import settings as site
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from bridgenotes.identity import services as identity

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
CSRF = "c" * 32


@pytest.fixture
def _one_connection():
    """Keep the test's database connection over requests, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(noting) -> dict[str, object]:
    """A note that shows, a writer, and values for the parameters of addresses."""
    post = noting.post(text="A claim", author_id="u1", published_at=noting.clock())
    note = noting.helpful_note(post=post)
    writer = noting.writer_account()
    noting.impact(identity.contributor_for(writer), notes_helpful=12)
    return {"writer": writer, "note_id": note.pk, "post_id": post.pk, "alias": note.author.alias}


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("who", ["writer", "host"])
def test_every_operation_answers_as_documented_to_who_may_use_it(world, noting, sign_in, who) -> None:
    if who == "writer":
        session = sign_in(world["writer"]).cookies[site.SESSION_COOKIE_NAME].value
        headers = {"X-CSRFToken": CSRF}
        cookies = {site.SESSION_COOKIE_NAME: session, site.CSRF_COOKIE_NAME: CSRF}
    else:
        cookies, headers = {}, {"Authorization": f"Bearer {noting.host()[1]}"}
    headers["Accept-Encoding"] = "identity"  # the client in this process unpacks nothing
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    reached = set()
    for found in schema.get_all_operations():

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=found.ok().as_strategy())
        def answers_as_documented(case) -> None:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = world[name]  # made-up numbers find nothing
            cache.clear()
            with transaction.atomic():
                answer = case.call_and_validate(checks=CHECKS, headers=headers, cookies=cookies)
                transaction.set_rollback(True)
            if answer.status_code < 300:
                reached.add(case.operation.label)

        answers_as_documented()
    assert len(reached) >= {"writer": 12, "host": 9}[who], reached
