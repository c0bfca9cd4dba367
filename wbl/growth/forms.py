"""Forms of evaluations, of the site, of a placement's skills and of a rubric's items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.fields import CheckboxGroupField
from wbl.growth.evaluating import LONGEST, Given
from wbl.growth.plans import MOST
from wbl.growth.rubrics import FRAMEWORK, LEVELS, NACE, Item
from wbl.growth.site import ASPECTS, Said
from wbl.growth.versions import LANGUAGES, Words
from wbl.growth.words import AGREEMENT, FRAMEWORK_NAMES, NACE_NAMES
from wbl.growth.words import ASPECTS as QUESTIONS

NOT_SEEN = "0"
SENTENCE = Length(max=LONGEST, message=_l("Use at most 500 characters."))
SHORT = Length(max=300, message=_l("Use at most 300 characters."))


class GivenForm(FlaskForm):
    """What every evaluation asks besides its items; those are added by :func:`rating_form`."""

    items: Sequence[Item] = ()
    whole = TextAreaField(
        _l("One sentence: what have you seen?"),
        description=_l("For example a moment that shows it. A sentence beside an item above is enough, too."),
        validators=[Optional(), SENTENCE],
    )

    def given(self) -> Given:
        """What was filled in, by code."""
        levels, evidence = {}, {}
        for at, item in enumerate(self.items):
            level = self[f"level_{at}"].data
            if level in map(str, LEVELS):
                levels[item.code] = int(level)
                evidence[item.code] = self[f"evidence_{at}"].data or ""
        return Given(levels, evidence, self.whole.data or "")


class ToldForm(GivenForm):
    """As a coordinator writes down what the mentor said."""

    name = StringField(_l("Who rated?"), validators=[DataRequired(_l("Say who rates.")), Length(max=200)])
    email = StringField(
        _l("Their e-mail"),
        description=_l("By it they are known as the same person next time."),
        validators=[Optional(), Length(max=254)],
    )


def rating_form(items: Sequence[Item], base: type[GivenForm] = GivenForm, **values: Any) -> GivenForm:
    """A form with a choice of levels, and room for a sentence, for each item."""
    extra: dict[str, Any] = {"items": list(items)}
    for at, item in enumerate(items):
        choices = [
            SelectChoice(str(level), f"{level} · {text}")
            for level, text in zip(LEVELS, item.levels, strict=True)
        ]
        choices.append(SelectChoice(NOT_SEEN, _l("Not seen yet")))
        extra[f"level_{at}"] = RadioField(
            item.name,
            description=item.says,
            choices=choices,
            validators=[InputRequired(_l("Choose a level, or “Not seen yet”."))],
        )
        extra[f"evidence_{at}"] = TextAreaField(
            _l("A sentence about this"), validators=[Optional(), SENTENCE]
        )
    made: GivenForm = type("RatingForm", (base,), extra)(**values)
    return made


class SiteForm(FlaskForm):
    """How the site is, in four sentences to agree with."""

    comment = TextAreaField(
        _l("Anything that your coordinator should know?"),
        validators=[Optional(), Length(max=2000, message=_l("Use at most 2000 characters."))],
    )

    def said(self) -> Said:
        return Said(**{name: int(self[name].data) for name in ASPECTS}, comment=self.comment.data or "")


for _name in ASPECTS:
    setattr(
        SiteForm,
        _name,
        RadioField(
            QUESTIONS[_name],
            choices=[SelectChoice(str(at), text) for at, text in enumerate(AGREEMENT, start=1)],
            validators=[InputRequired(_l("Choose an answer."))],
        ),
    )


class LinkForm(FlaskForm):
    """Whom a link to rate is for."""

    name = StringField(_l("Who rates?"), validators=[DataRequired(_l("Say who rates.")), Length(max=200)])
    email = StringField(
        _l("Their e-mail"),
        description=_l("Without one, read the address out to them."),
        validators=[Optional(), Length(max=254)],
    )


class ReasonForm(FlaskForm):
    """Why something is done that stays on record."""

    reason = TextAreaField(
        _l("Why"),
        description=_l("For colleagues who look at this later. It is kept on record and can be erased."),
        validators=[DataRequired(_l("Say why, for colleagues who look at this later.")), Length(max=1000)],
    )


class CompleteForm(FlaskForm):
    why = TextAreaField(_l("Why is there no final evaluation?"), validators=[Optional(), Length(max=1000)])


class SkillsForm(FlaskForm):
    """Three to five skills, in English, with Spanish beside them."""

    def texts(self) -> list[dict[str, str]]:
        return [
            {language: self[_skill(at, language)].data or "" for language in LANGUAGES} for at in range(MOST)
        ]

    @staticmethod
    def filled(skills: Sequence[Mapping[str, str]]) -> SkillsForm:
        data = {
            _skill(at, language): one.get(language, "")
            for at, one in enumerate(skills)
            for language in LANGUAGES
        }
        return SkillsForm(data=data)


def _skill(at: int, language: str) -> str:
    return f"skill_{at}" if language == "en" else f"skill_{at}_es"


for _at in range(MOST):
    setattr(SkillsForm, f"skill_{_at}", StringField(_l("Skill"), validators=[Optional(), Length(max=120)]))
    setattr(
        SkillsForm,
        f"skill_{_at}_es",
        StringField(_l("The same in Spanish"), validators=[Optional(), Length(max=120)]),
    )


class ItemForm(FlaskForm):
    """One item of a rubric, in English and Spanish."""

    name_en = StringField(
        _l("Name"), validators=[DataRequired(_l("Write this in English; Spanish may follow later.")), SHORT]
    )
    name_es = StringField(_l("Name in Spanish"), validators=[Optional(), SHORT])
    says_en = TextAreaField(
        _l("What it is, in a sentence"),
        validators=[DataRequired(_l("Write this in English; Spanish may follow later.")), SHORT],
    )
    says_es = TextAreaField(_l("The sentence in Spanish"), validators=[Optional(), SHORT])
    framework = CheckboxGroupField(
        _l("Employability Skills Framework"),
        choices=[SelectChoice(code, FRAMEWORK_NAMES[code]) for code in FRAMEWORK],
        validators=[Optional()],
    )
    nace = CheckboxGroupField(
        _l("NACE career readiness"),
        choices=[SelectChoice(code, NACE_NAMES[code]) for code in NACE],
        validators=[Optional()],
    )

    def words(self) -> Words:
        def text(name: str) -> dict[str, str]:
            return {language: self[f"{name}_{language}"].data or "" for language in LANGUAGES}

        return Words(
            text("name"),
            text("says"),
            [text(f"level_{level}") for level in LEVELS],
            self.framework.data or [],
            self.nace.data or [],
        )

    @staticmethod
    def filled(item: Mapping[str, Any] | None) -> ItemForm:
        if item is None:
            return ItemForm()
        texts = {"name": item["name"], "says": item["says"]}
        texts |= {f"level_{level}": text for level, text in zip(LEVELS, item["levels"], strict=True)}
        data: dict[str, Any] = {
            f"{name}_{language}": text.get(language, "")
            for name, text in texts.items()
            for language in LANGUAGES
        }
        return ItemForm(data=data | {"framework": item["framework"], "nace": item["nace"]})


for _level in LEVELS:
    setattr(
        ItemForm,
        f"level_{_level}_en",
        TextAreaField(
            _l("Described"),
            validators=[DataRequired(_l("Describe each of the five levels.")), SHORT],
        ),
    )
    setattr(
        ItemForm,
        f"level_{_level}_es",
        TextAreaField(_l("Described in Spanish"), validators=[Optional(), SHORT]),
    )
