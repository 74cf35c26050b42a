"""What the call for sentences takes and answers."""

from typing import Any

from rest_framework import serializers

from realtime.sentences.models import GivenTo, PractisedLanguage


class SentencesQuery(serializers.Serializer[Any]):
    """Which of the lists in force."""

    list = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**63 - 1,
        help_text="The id of one of `lists`; left out, the first of them.",
    )


class OfferedListOut(serializers.Serializer[Any]):
    """A list that you may practise."""

    id = serializers.IntegerField(help_text="0: what everybody has while the school gives nothing.")
    title = serializers.CharField()
    language = serializers.ChoiceField(
        choices=PractisedLanguage.choices,
        help_text="Of the sentences; translations are in the other.",
    )
    count = serializers.IntegerField(help_text="How many sentences it has.")
    given_to = serializers.ChoiceField(choices=GivenTo.choices)
    first_day = serializers.DateField(allow_null=True)


class SentenceOut(serializers.Serializer[Any]):
    """A sentence; its `id` stays while it is reworded or moved."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    translation = serializers.CharField()
    audio_url = serializers.CharField(allow_blank=True, help_text="Empty: there is no recording.")


class OfferOut(serializers.Serializer[Any]):
    """The lists in force, closest and newest first, and the sentences of the chosen one."""

    lists = OfferedListOut(many=True)
    chosen = OfferedListOut()
    sentences = SentenceOut(many=True)
