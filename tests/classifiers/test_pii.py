"""Private data in posts: found in every common writing, and not where digits mean something else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from classifiers.pii import find_pii
from models.mask import mask

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
NUMBERISH = st.text("0123456789 +-().,/#@:\n\u200b\x00\ud800aGB€", max_size=200)


def kinds(text: str, region: str | None = None) -> list[str]:
    return [item.kind for item in find_pii(text, region)]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my card 4242 4242 4242 4242 exp 12/27", "my card [card] exp 12/27"),
        ("4242-4242-4242-4242", "[card]"),
        ("amex 3782 822463 10005 ok", "amex [card] ok"),
        ("I typed 2 4242 4242 4242 4242 123", "I typed 2 [card] 123"),
        ("４２４２ ４２４２ ４２４２ ４２４２", "[card]"),
        ("42\u200b42 4242\u00ad 4242 4242", "[card]"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 is mine", "IBAN [iban] is mine"),
        ("de89370400440532013000", "[iban]"),
        ("call +44 20 7946 0958.", "call [phone]."),
        ("bitte 0049 30 901820 anrufen", "bitte [phone] anrufen"),
        ("tel:+49 30 901820", "tel:[phone]"),
        ("mail jo.smith+x@example.co.uk.", "mail [email]."),
        ("Kontakt: jörg@beispiel.de", "Kontakt: [email]"),
    ],
)
def test_cards_ibans_phones_and_addresses_are_masked_whole(text: str, masked: str) -> None:
    """Each number is found from its first to its last character, with any separators or hidden characters in it."""
    assert mask(text, find_pii(text)) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my order number is 4471-99", "my order number is [order]"),
        ("order #12345 never came", "order #[order] never came"),
        ("Order: KES-20931", "Order: [order]"),
        ("booking ref X7K2PQ", "booking ref [order]"),
        ("PNR ABCDEF please help", "PNR [order] please help"),
        ("tracking 1Z999AA10123456784", "tracking [order]"),
        ("account number 0012 3456", "account number [order]"),
        ("12345678 is my order number", "[order] is my order number"),
        ("orders 123456 and 123457", "orders [order] and [order]"),
        ("my order from last tuesday 12345678 is lost", "my order from last tuesday [order] is lost"),
        ("número de pedido: 4567", "número de pedido: [order]"),
        ("expediente nº 12345/24", "expediente nº [order]"),
        ("ma commande n° 55-1234", "ma commande n° [order]"),
        ("numéro de client 445566", "numéro de client [order]"),
        ("Bestellnummer 123-4567", "Bestellnummer [order]"),
        ("meine Kundennummer lautet 998877", "meine Kundennummer lautet [order]"),
        ("meu pedido 1234567", "meu pedido [order]"),
        ("codice prenotazione AB12CD", "codice prenotazione [order]"),
        ("ordine n. 4455", "ordine n. [order]"),
    ],
)
def test_a_code_beside_its_cue_word_is_an_order_number(text: str, masked: str) -> None:
    """Order, booking, account, case and tracking numbers are found by a cue in six languages."""
    assert mask(text, find_pii(text)) == masked


@pytest.mark.parametrize(
    "text",
    [
        "I paid 4242 4242",
        "4242 4242 4242 4243",
        "in 2023 and 2024 I paid 1,299.99",
        "3-2, 21-19, 6-4 7-5",
        "the 2019 2020 2021 2022 seasons",
        "#100daysofcode 12345",
        "https://example.com/a/status/4242424242424242?order=1234567",
        "example.com/order/1234567",
        "1700000000000",
        "pi is 3.14159265358979323846",
        "flight at 10:30 on 12/05/2024",
        "ip 192.168.100.200, version 10.15.7",
        "@jo@mastodon.example hello",
        "+1000000 respect",
        "order 66 lol",
        "in order to save 15000 euros",
        "order iphone15",
        "order 12000€",
        "my order is 2 days late",
        "my account has 50000 followers",
        "case 2024",
        "the case of 2024-05-01",
        "support 24/7, tracking 24/7",
        "ticket 45.50€",
        "MY BOOKING REFERENCE DOESNT WORK",
        "call me on 020 7946 0958",
    ],
)
def test_other_digits_are_left_alone(text: str) -> None:
    """Prices, years, scores, dates, hashtags, links, handles and models are no private data."""
    assert find_pii(text) == ()


def test_national_phone_numbers_need_the_region() -> None:
    """A national number is a phone only in its own region, and an order number where a cue word says so."""
    assert kinds("call 020 7946 0958") == []
    assert kinds("call 020 7946 0958", "gb") == ["phone"]
    assert kinds("call 020 7946 0958", "nowhere") == []
    assert kinds("order 4155552671", "US") == ["order"]


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A Luhn-valid number of an issuer, written as people write it."""
    size = draw(st.integers(13, 19))
    body = draw(st.sampled_from("3456")) + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=size - 2, max_size=size - 2))
    )
    number = body + luhn.calc_check_digit(body)
    separator = draw(st.sampled_from(["", " ", "-", " - ", "\u00a0", "\u2013"]))
    every = draw(st.sampled_from([1, 4, size]))
    return separator.join(number[i : i + every] for i in range(0, size, every))


@settings(deadline=None)
@given(cards(), st.text("abc xyz,!😂é\n", max_size=40), st.text("abc xyz,!😂é\n", max_size=40), st.data())
def test_every_valid_card_is_found_in_any_writing(card: str, before: str, after: str, data: st.DataObject) -> None:
    """Any Luhn-valid card of 13 to 19 digits is found whole, even with a zero-width character anywhere in it."""
    cut = data.draw(st.integers(1, len(card) - 1))
    hidden = card[:cut] + data.draw(st.sampled_from(["", "\u200b", "\ufeff", "\x00"])) + card[cut:]
    text = f"{before} {hidden} {after}"
    found = find_pii(text)
    assert [(item.kind, text[item.start : item.end]) for item in found] == [("card", hidden)]


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, NUMBERISH), st.sampled_from([None, "GB", "US"]))
def test_any_text_gives_sorted_spans_inside_it(text: str, region: str | None) -> None:
    """Nothing crashes on any string, surrogates and NUL included; spans are in range, sorted and apart."""
    found = find_pii(text, region)
    edges = [edge for item in found for edge in (item.start, item.end)]
    assert edges == sorted(edges)
    assert all(0 <= item.start < item.end <= len(text) for item in found)
    mask(text, found)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "+",
            "(",
            "@",
            "1 ",
            "4 ",
            "4111 ",
            "12345-",
            "AA00 ",
            "a.",
            "a@",
            "a@a.",
            "www.",
            "12((((((",
            "\u200b",
            "ref ",
        ),
        *("+44 20 7946 0958 ", "GB29 NWBK 6016 1331 9268 18 ", "order 1234 ", "order number: 1 2 3 4 5 6 ", "a.com/ "),
    ],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    """A text of 100 kB made to be slow is searched in well under a second (0.12 s at worst where it was written)."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    start = time.process_time()
    find_pii(text, "GB")
    assert time.process_time() - start < 1.0


def test_padding_does_not_hide_a_number() -> None:
    """Past the limit on checks numbers are masked unchecked, so a card behind a thousand others is not shown."""
    text = "4111 1111 1111 1112 x " * 1000 + "4242 4242 4242 4242"
    assert "4242 4242" not in mask(text, find_pii(text))
