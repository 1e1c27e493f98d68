"""HTML becomes the words that a reader sees, in a time that grows with its length alone."""

from __future__ import annotations

import time

import pytest

from listeners.web.plain import plain


@pytest.mark.parametrize(("source", "text"), [
    ("<p>Hi &amp; <b>you</b></p><p>there<br>now</p>", "Hi & you\nthere\nnow"),
    ("1 < 2 &lt;b&gt; 3 > 2", "1 < 2 <b> 3 > 2"),
    ("a<script>x('<script>')</script>b<style>p{}</style>c<!-- no -->d<!-- e", "abcd"),
    ('<a href="https://e.example/long/way">https://e.example/lo...</a>', "https://e.example/long/way"),
    ('<a href="https://e.example/">here</a> <img alt=":)" src="x">', "here :)"),
    ("<p title=don't>kept</p> <svg/>too", "kept\ntoo"),
    ('<aside class="quote no-group"><p>theirs <aside>x</aside></p></aside>mine', "mine"),
    ("cut <a href='x", "cut"), ("&#9999999999999999999999;&#xD800;", "\ufffd\ufffd"), ("", ""),
])  # fmt: skip
def test_what_is_seen_is_kept(source: str, text: str) -> None:
    """Paragraphs, signs, links that were cut, and pictures; no scripts, comments, and quotes of others."""
    assert plain(source, frozenset({"quote"})) == text


@pytest.mark.parametrize("part", [
    "<", "<a ", "<!--", "<![CDATA[", '<a href="', "&", "&#9", "<b>", "<script>", "<svg>", "</", "<!a", "href= ", " \n",
    "<a href=http://x>a",
])  # fmt: skip
def test_no_page_takes_long(part: str) -> None:
    """A page that is made to take minutes takes as long as any other."""
    source = part * (100_000 // len(part))
    start = time.process_time()
    plain(source)
    plain("<a " + source)
    plain(source + "</a>" * 1000 + ">")
    assert time.process_time() - start < 5
