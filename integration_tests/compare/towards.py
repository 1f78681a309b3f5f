"""Runs a peer's own command with its requests led to the simulator: towards.py URL MODULE:FUNCTION ARGUMENTS…

Neither peer can be told another address, so the address is changed where requests hands a request to its connection. Two
things more are changed, both in favour of tap-tiktok-ads, because the simulator follows TikTok's documentation to the letter: a
path without its last slash gets it, and a metric that is documented nowhere is not asked for. Nothing that is installed is
rewritten. Waits of minutes are passed over and told on stderr.
"""

import importlib
import sys
import time

import requests.adapters

TIKTOK = "https://business-api.tiktok.com"
# It stands in the middle of a list in JSON, encoded for a query.
UNDOCUMENTED = "%22rf_campaign_type%22%2C+"
# Seconds that a peer may really wait at a time.
LONGEST_WAIT = 30
PASSED_OVER = "passed over seconds of waiting:"


def lead(url):
    """Sends what is meant for TikTok to the simulator, and everything else where it goes."""
    send = requests.adapters.HTTPAdapter.send

    def led(adapter, request, **options):
        if request.url.startswith(TIKTOK):
            request.url = whole(url + request.url[len(TIKTOK) :].replace(UNDOCUMENTED, ""))
        return send(adapter, request, **options)

    requests.adapters.HTTPAdapter.send = led


def wait_less():
    """Passes over waits of minutes, and tells how long they were: whoever compares adds them."""
    sleep = time.sleep

    def slept(seconds):
        if seconds > LONGEST_WAIT:
            print(f"{PASSED_OVER} {seconds}", file=sys.stderr, flush=True)
        else:
            sleep(seconds)

    time.sleep = slept


def whole(url):
    """A URL whose path ends in a slash, as all of TikTok's do."""
    path, mark, query = url.partition("?")
    return path.rstrip("/") + "/" + mark + query


if __name__ == "__main__":
    _, url, entry, *arguments = sys.argv
    module, function = entry.split(":")
    lead(url)
    wait_less()
    sys.argv = [module, *arguments]
    sys.exit(getattr(importlib.import_module(module), function)())
