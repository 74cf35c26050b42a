"""The quick way of writing a row of the form says what Django's own way says."""

import re

from django.forms import inlineformset_factory

from realtime.sentences.admin.sentence_forms import CELLS, SentenceForm, SentenceFormSet
from realtime.sentences.models import Sentence, SentenceList


def attributes(written: object) -> dict[str, str]:
    return dict(re.findall(r'([\w-]+)(?:="([^"]*)")?', str(written).removeprefix("<input")))


def test_an_input_has_the_attributes_that_django_gives_it(db: None) -> None:
    row = SentenceList.objects.create(title="Monday", language="en")
    Sentence.objects.create(sentence_list=row, position=1, text='"<b>"', translation="뜻")
    made = inlineformset_factory(
        SentenceList, Sentence, SentenceForm, SentenceFormSet, fields=CELLS, can_delete=True
    )
    for form in made(instance=row).forms:
        for name in (*CELLS, "id", "DELETE"):
            assert attributes(form._as_it_is(name)) == attributes(form[name]), name
