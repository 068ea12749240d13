"""Leading on to an address of ours that may be long."""

from http import HTTPStatus

from django.http import HttpResponse


class LeadOn(HttpResponse):
    """Redirects to a path of ours, never to one that somebody sent.

    Django's own redirect refuses more than 16 kB, for the sake of addresses from outside; 500 ids make 18.
    """

    status_code = HTTPStatus.FOUND

    def __init__(self, path: str) -> None:
        super().__init__(headers={"Location": path})
        self.url = path
