"""The collations that Spark knows, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from boathouse.types import datatypes as t

LOCALES = """
af Afrikaans
am Amharic
ar Arabic
ar_SAU Arabic/Saudi Arabia
as Assamese
az Azerbaijani
be Belarusian
bg Bulgarian
blo Anii
bn Bangla
bo Tibetan
br Breton
bs Bosnian
bs_Cyrl Bosnian
ca Catalan
ceb Cebuano
chr Cherokee
cs Czech
cy Welsh
da Danish
de German
de_AUT German/Austria
dsb Lower Sorbian
dz Dzongkha
ee Ewe
el Greek
en English
en_USA English/United States
eo Esperanto
es Spanish
et Estonian
fa Persian
fa_AFG Persian/Afghanistan
ff Fula
ff_Adlm Fula
fi Finnish
fil Filipino
fo Faroese
fr French
fr_CAN French/Canada
fy Western Frisian
ga Irish
gl Galician
gu Gujarati
ha Hausa
haw Hawaiian
he Hebrew
he_ISR Hebrew/Israel
hi Hindi
hr Croatian
hsb Upper Sorbian
hu Hungarian
hy Armenian
id Indonesian
id_IDN Indonesian/Indonesia
ig Igbo
is Icelandic
it Italian
ja Japanese
ka Georgian
kk Kazakh
kk_Arab Kazakh
kl Kalaallisut
km Khmer
kn Kannada
ko Korean
kok Konkani
ku Kurdish
ky Kyrgyz
lb Luxembourgish
lij Ligurian
lkt Lakota
ln Lingala
lo Lao
lt Lithuanian
lv Latvian
mk Macedonian
ml Malayalam
mn Mongolian
mr Marathi
ms Malay
mt Maltese
my Burmese
nb Norwegian Bokmål
nb_NOR Norwegian Bokmål/Norway
ne Nepali
nl Dutch
nn Norwegian Nynorsk
no Norwegian
nso Northern Sotho
om Oromo
or Odia
pa Punjabi
pa_Guru Punjabi
pa_Guru_IND Punjabi/India
pl Polish
ps Pashto
pt Portuguese
ro Romanian
ru Russian
sa Sanskrit
se Northern Sami
si Sinhala
sk Slovak
sl Slovenian
smn Inari Sami
sq Albanian
sr Serbian
sr_Cyrl Serbian
sr_Cyrl_BIH Serbian/Bosnia & Herzegovina
sr_Cyrl_MNE Serbian/Montenegro
sr_Cyrl_SRB Serbian/Serbia
sr_Latn Serbian
sr_Latn_BIH Serbian/Bosnia & Herzegovina
sr_Latn_SRB Serbian/Serbia
st Southern Sotho
sv Swedish
sw Swahili
ta Tamil
te Telugu
th Thai
tk Turkmen
tn Tswana
to Tongan
tr Turkish
ug Uyghur
uk Ukrainian
ur Urdu
uz Uzbek
vi Vietnamese
wae Walser
wo Wolof
xh Xhosa
yi Yiddish
yo Yoruba
zh Chinese
zh_Hans Chinese
zh_Hans_CHN Chinese/China
zh_Hans_SGP Chinese/Singapore
zh_Hant Chinese
zh_Hant_HKG Chinese/Hong Kong SAR China
zh_Hant_MAC Chinese/Macao SAR China
zh_Hant_TWN Chinese/Taiwan
zu Zulu
"""
"""One locale a line: its name, its language, and its country behind a slash."""

_BASES = {"utf8_binary": "UTF8_BINARY", "utf8_lcase": "UTF8_LCASE", "unicode": "UNICODE"}
_BASES.update((line.split()[0].lower(), line.split()[0]) for line in LOCALES.strip().splitlines())
_BYTEWISE = ("UTF8_BINARY", "UTF8_LCASE")
_WORDS = ("CS", "CI", "AS", "AI", "RTRIM")


def canonical(name: str) -> str | None:
    """`name` as Spark writes it, what is sensitive by default left out; None if it is no collation.

    unicode_ai_ci  ->  UNICODE_CI_AI
    """
    base, words = _parts(name.lower().removeprefix("system.builtin."))
    known = _BASES.get(base.lower())
    if known is None or len(set(words)) < len(words):
        return None
    if {"CS", "CI"} <= set(words) or {"AS", "AI"} <= set(words):
        return None
    if known in _BYTEWISE and words not in ([], ["RTRIM"]):
        return None
    return "_".join([known, *[word for word in ("CI", "AI", "RTRIM") if word in words]])


def nearest(name: str) -> str:
    """The collations whose names are most like `name`: one, and up to two that are near."""
    base, words = _parts(name)
    # Of modifiers that contradict each other the one stays that ignores less.
    kept: dict[str, str] = {}
    for word in words:
        kept[word[0]] = max(word, kept.get(word[0], ""))
    behind = "".join(f"_{word}" for word in kept.values())
    bases = sorted(_BASES, key=lambda known: _distance(base.lower(), known))
    found: list[str] = []
    for known in bases[:_PROPOSALS]:
        proposal = _BASES[known] + behind
        proposal = proposal if canonical(proposal) else _BASES[known]
        if found and _distance(proposal.lower(), name.lower()) >= _NEAR:
            break
        found.append(proposal)
    return ", ".join(found)


_PROPOSALS = 3
_NEAR = 3
"""How many letters away a second proposal is too far."""


def _distance(a: str, b: str) -> int:
    """How many letters must be put in, left out or changed to make `b` of `a`."""
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, above[j] + 1, above[j - 1] + (x != y)))
        above = row
    return above[-1]


def _parts(name: str) -> tuple[str, list[str]]:
    """The locale of a name, and the words behind it."""
    parts = name.split("_")
    words: list[str] = []
    while len(parts) > 1 and parts[-1].upper() in _WORDS:
        words.insert(0, parts.pop().upper())
    return "_".join(parts), words


@dataclass(frozen=True, slots=True)
class Collation:
    """What the name of a collation says. `base` is UTF8_BINARY, UTF8_LCASE, UNICODE or a locale."""

    base: str
    ignores_case: bool = False
    ignores_accents: bool = False
    ignores_trailing_blanks: bool = False

    @property
    def is_plain_unicode(self) -> bool:
        """Whether only the same bytes are equal, though the order is ICU's."""
        return self.base == "UNICODE" and not self.ignores_case and not self.ignores_accents

    @property
    def is_accents_alone(self) -> bool:
        """Whether it ignores accents but minds case, under which nothing can be searched."""
        return self.ignores_accents and not self.ignores_case

    @property
    def locale(self) -> str:
        """The locale as ICU in DuckDB takes it: a language, and perhaps a country."""
        for known, locale in _LOCALES_OF_ICU.items():
            if self.base == known or self.base.startswith(f"{known}_"):
                return locale
        return self.base.split("_")[0]

    def with_trailing_blanks(self) -> Collation:
        """The collation that minds blanks at the end."""
        return replace(self, ignores_trailing_blanks=False)


# Where a script or a country has an order of its own.
_LOCALES_OF_ICU = {
    "UNICODE": "en",
    "zh_Hant": "zh_TW",
    "sr_Latn": "hr",
    "bs_Cyrl": "sr",
    "fr_CAN": "fr_CA",
    "fa_AFG": "fa_AF",
}


@cache
def reading(name: str) -> Collation:
    """The collation called `name`, as Spark writes it."""
    base, words = _parts(name)
    return Collation(base, "CI" in words, "AI" in words, "RTRIM" in words)


def uncollated(given: t.DataType) -> t.DataType:
    """`given` with texts that are compared byte by byte."""
    if isinstance(given, (t.StringType, t.CharType, t.VarcharType)):
        return replace(given, collation=t.BYTEWISE)
    return t.with_parts(given, uncollated)


def is_collated(given: t.DataType) -> bool:
    """Whether `given` is a text that is not compared byte by byte, or holds one."""
    match given:
        case t.StringType() | t.CharType() | t.VarcharType():
            return given.collation != t.BYTEWISE
        case t.ArrayType():
            return is_collated(given.element)
        case t.MapType():
            return is_collated(given.key) or is_collated(given.value)
        case t.StructType():
            return any(is_collated(f.type) for f in given.fields)
        case _:
            return False
