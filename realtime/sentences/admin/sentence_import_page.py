"""Importing sentences: choose a file, see what would change and what is wrong, confirm."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from realtime.sentences.admin.sentence_forms import SentenceConfirmationForm, SentenceFileForm
from realtime.sentences.models import SentenceList
from realtime.sentences.sentence_file import SentenceRow
from realtime.sentences.sentence_plan import SentencePlan, plan_sentences
from realtime.sentences.services import carry_out

MOST_SHOWN = 200
# The rows travel with the preview, signed: so any process can take the confirmation.
SALT = "speaktracker.sentences.import"
VALID_SECONDS = 60 * 60
LIST = "admin:realtime_sentencelist_changelist"
PAGE = "admin:realtime_sentencelist_import"


def may_import(request: HttpRequest) -> bool:
    """Tell whether this member of staff may add and change lists."""
    return request.user.has_perms(("realtime.add_sentencelist", "realtime.change_sentencelist"))


def view_of(model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
    """Make the page that previews and carries out an import."""

    def view(request: HttpRequest) -> HttpResponse:
        if not may_import(request):
            raise PermissionDenied
        if "shown" in request.POST:
            return _confirmed(model_admin, request)
        known = _named_list(request)
        initial = {"title": known.title, "language": known.language} if known else {}
        form = SentenceFileForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            title, language = form.cleaned_data["title"], form.cleaned_data["language"]
            plan = plan_sentences(title, language, form.rows)
            return _preview(model_admin, request, plan, form.rows)
        columns = _("sentence,translation,audio_url")
        return _page(model_admin, request, {"form": form, "columns": columns})

    return model_admin.admin_site.admin_view(view)


def _named_list(request: HttpRequest) -> SentenceList | None:
    number = request.GET.get("list", "")
    is_number = number.isdecimal() and len(number) < 19
    return SentenceList.objects.filter(pk=int(number)).first() if is_number else None


def _preview(
    model_admin: "admin.ModelAdmin[Any]",
    request: HttpRequest,
    plan: SentencePlan,
    rows: list[SentenceRow],
) -> HttpResponse:
    differing = [one for one in plan.sentences if one.is_new or one.is_changed]
    context = {
        "plan": plan,
        "counts": plan.counts(),
        "differing": differing[:MOST_SHOWN],
        "unshown": max(0, len(differing) - MOST_SHOWN),
        "gone": plan.gone[:MOST_SHOWN],
        "unshown_gone": max(0, len(plan.gone) - MOST_SHOWN),
        "errors": plan.errors[:MOST_SHOWN],
        "unshown_errors": max(0, len(plan.errors) - MOST_SHOWN),
        "shown": seal(plan, rows),
    }
    return _page(model_admin, request, context)


def seal(plan: SentencePlan, rows: list[SentenceRow]) -> str:
    """Sign the rows of a file and the outcome that is shown of them."""
    plain = [[row.line, row.text, row.translation, row.audio_url] for row in rows]
    said = [plan.title, plan.language, plain, plan.fingerprint()]
    return signing.dumps(said, salt=SALT, compress=True)


def _confirmed(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
    form = SentenceConfirmationForm(request.POST)
    try:
        form.is_valid()
        sealed = form.cleaned_data.get("shown", "")
        said = signing.loads(sealed, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("The preview is too old. Choose the file once more."))
        return HttpResponseRedirect(reverse(PAGE))
    title, language, plain, fingerprint = said
    rows = [SentenceRow(*cells) for cells in plain]
    with transaction.atomic():
        # Nobody changes the list between the look and the change.
        SentenceList.objects.select_for_update().filter(title=title).order_by().first()
        plan = plan_sentences(title, language, rows)
        objection = plan.objection(fingerprint, form.cleaned_data["leave_out"])
        if not objection:
            made = carry_out(plan)
            _log(request, plan, made)
    if objection:
        messages.warning(request, objection)
        return _preview(model_admin, request, plan, rows)
    messages.success(request, _summary(plan))
    return HttpResponseRedirect(reverse("admin:realtime_sentencelist_change", args=[made.pk]))


def _summary(plan: SentencePlan) -> str:
    sentence = _(
        "“%(title)s”: %(new)d new, %(changed)d changed, %(gone)d removed, %(same)d unchanged,"
        " %(bad)d left out."
    )
    return sentence % plan.counts()


def _log(request: HttpRequest, plan: SentencePlan, made: SentenceList) -> None:
    flag = CHANGE if plan.known else ADDITION
    LogEntry.objects.log_actions(request.user.pk, [made], flag, _summary(plan))  # type: ignore[arg-type]


def _page(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, context: dict[str, Any]
) -> HttpResponse:
    about = {
        "title": _("Import sentences"),
        "opts": SentenceList._meta,
        "list_url": reverse(LIST),
    }
    context = {**model_admin.admin_site.each_context(request), **about, **context}
    return TemplateResponse(request, "admin/realtime/sentencelist/import.html", context)
