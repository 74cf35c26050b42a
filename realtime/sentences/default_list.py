"""The list of a school that has made none: ten sentences to begin with."""

from django.utils.translation import gettext as _

DEFAULT_LIST_ID = 0
DEFAULT_LANGUAGE = "en"
# Each with its translation.
DEFAULT_SENTENCES = (
    ("Hello, how are you today?", "안녕하세요, 오늘 어떠세요?"),
    ("I usually get up at seven in the morning.", "저는 보통 아침 일곱 시에 일어나요."),
    ("Could you say that again, please?", "다시 한번 말씀해 주시겠어요?"),
    ("I am looking for the nearest subway station.", "가장 가까운 지하철역을 찾고 있어요."),
    ("What do you like to do in your free time?", "여가 시간에 무엇을 하는 걸 좋아하세요?"),
    (
        "Three thousand trees grew through the thick fog.",
        "나무 삼천 그루가 짙은 안개 속에서 자랐어요.",
    ),
    ("I would like a table for two, please.", "두 사람 자리 부탁드려요."),
    ("She has lived in Seoul for almost ten years.", "그녀는 거의 십 년 동안 서울에 살고 있어요."),
    ("If it rains tomorrow, we will stay at home.", "내일 비가 오면 우리는 집에 있을 거예요."),
    ("Thank you very much for your help.", "도와주셔서 정말 감사합니다."),
)


def default_title() -> str:
    """Name the list in the reader's language."""
    return _("First sentences")
