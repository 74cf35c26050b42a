"""The demo's school gives three lists: one to each of its groups, and one to everyone."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from realtime.sentences.default_list import DEFAULT_SENTENCES
from realtime.sentences.models import (
    GivenTo,
    PractisedLanguage,
    Sentence,
    SentenceAssignment,
    SentenceList,
)
from speaktracker.roster.demo_people import GROUPS
from speaktracker.roster.signals import demo_seeded

KOREAN = (
    ("안녕하세요, 만나서 반갑습니다.", "Hello, nice to meet you."),
    ("저는 미국에서 왔어요.", "I am from the United States."),
    ("한국어를 배운 지 여섯 달 됐어요.", "I have been learning Korean for six months."),
    ("이 근처에 약국이 있어요?", "Is there a pharmacy near here?"),
    ("김치찌개 하나 주세요.", "One kimchi stew, please."),
    ("조금만 천천히 말씀해 주세요.", "Please speak a little more slowly."),
    ("주말에 친구하고 등산을 했어요.", "I went hiking with a friend at the weekend."),
    ("비가 오니까 우산을 가져가세요.", "Take an umbrella, because it is raining."),
    ("지하철을 타면 더 빨리 갈 수 있어요.", "You get there faster if you take the subway."),
    ("오늘 도와주셔서 감사합니다.", "Thank you for your help today."),
)
TRAVELLING = (
    ("Which gate does my flight leave from?", "제 비행기는 몇 번 탑승구에서 출발해요?"),
    ("I have a reservation for two nights.", "이틀 밤 예약했어요."),
    ("How much is a ticket to the city centre?", "시내까지 표가 얼마예요?"),
    ("Could you take a picture of us, please?", "저희 사진 좀 찍어 주시겠어요?"),
    ("We would like to order now.", "지금 주문할게요."),
    ("Is there a later train?", "더 늦은 기차가 있어요?"),
    ("My suitcase has not arrived.", "제 여행 가방이 도착하지 않았어요."),
    ("It was nice talking to you.", "이야기 나눠서 즐거웠어요."),
)
LISTS = (
    ("영어 첫걸음", PractisedLanguage.ENGLISH, DEFAULT_SENTENCES, GROUPS[0]),
    ("First Korean", PractisedLanguage.KOREAN, KOREAN, GROUPS[1]),
    ("여행 영어", PractisedLanguage.ENGLISH, TRAVELLING, ""),
)


@transaction.atomic
def seed_lists() -> int:
    """Make and give the lists where a school has none; return how many were made."""
    if SentenceList.objects.exists():
        return 0
    for title, language, sentences, group in LISTS:
        made = SentenceList.objects.create(title=title, language=language)
        Sentence.objects.bulk_create(
            Sentence(sentence_list=made, position=place, text=text, translation=translation)
            for place, (text, translation) in enumerate(sentences, 1)
        )
        given_to = GivenTo.GROUP if group else GivenTo.EVERYONE
        SentenceAssignment.objects.create(sentence_list=made, given_to=given_to, group=group)
    return len(LISTS)


@receiver(demo_seeded)
def give_lists(**_kwargs: Any) -> None:
    """Add them where a school has none."""
    seed_lists()
