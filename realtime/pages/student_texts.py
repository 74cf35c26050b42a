"""What the practice page's script says, by its keys there."""

from django.utils.translation import gettext as _


def practice_texts() -> dict[str, str]:
    """Name what practice is, offers and came to."""
    return {
        "status.studying": _("Practising"),
        "status.idle": _("Waiting for you"),
        "status.paused": _("Paused"),
        "status.finished": _("Finished"),
        "status.none": _("Not started"),
        "practice.start": _("Start"),
        "practice.resume": _("Go on"),
        "practice.again": _("Practise again"),
        "practice.place": _("Sentence {at} of {all}"),
        "practice.tutor": _("Your tutor: {who}"),
        "practice.next": _("Next sentence"),
        "practice.skip": _("Skip this sentence"),
        "practice.words_right": _("{right} of {all} words"),
        "practice.enough": _("Well said! On to the next sentence."),
        "practice.is_done": _("Done"),
        "practice.is_skipped": _("Skipped"),
        "list.option": _("{title} ({count} sentences)"),
        "list.failed": _("This list could not be loaded. Choose it again in a moment."),
        "sound.play": _("Listen to the sentence"),
        "sound.stop": _("Stop the sound"),
        "sound.voice_failed": _("This browser could not read the sentence aloud."),
        "practice.done_all": _("Well done! You did all {all} sentences."),
        "practice.done_some": _("You did {done} of {all} sentences."),
        "summary.of": _("{done} of {all}"),
        "summary.under_a_minute": _("under 1"),
    }


def received_texts() -> dict[str, str]:
    """Say what became of feedback, and why it does not sound."""
    return {
        "toast.more": _("{count} more"),
        "feedback.audio": _("Audio feedback"),
        "feedback.listen": _("Listen"),
        "feedback.listen_again": _("Listen again"),
        "feedback.from": _("from {who}"),
        "feedback.former_tutor": _("a former tutor"),
        "feedback.failed": _("Earlier feedback could not be loaded. New feedback still arrives."),
        "feedback.audio_refused": _(
            "Your browser plays nothing before you press something. Press the play button."
        ),
        "feedback.audio_failed": _("The recording could not be played."),
        "feedback.voice_refused": _(
            "Your browser reads nothing aloud before you press something. Press “Listen”."
        ),
        "feedback.voice_failed": _("It could not be read aloud. Press “Listen” to try again."),
        "feedback.voice_unsupported": _("This browser cannot read aloud. Please read the text."),
    }


def help_texts() -> dict[str, str]:
    """Say what became of a question."""
    return {
        "help.none": _("Stuck? Your tutor sees at once that you ask."),
        "help.asked": _("You have asked. Your tutor will see it."),
        "help.seen": _("Your tutor has seen it."),
        "help.answered": _("Your tutor has answered: see the feedback."),
        "help.waits_ask": _("No connection: your question goes out as soon as it is back."),
        "help.waits_withdraw": _("No connection: it is taken back as soon as it is back."),
        "help.finished": _("You have finished. Practise again to ask for help."),
    }


def voice_texts() -> dict[str, str]:
    """Say what the microphone is for, and why it does not help."""
    return {
        "voice.speak": _("Speak the sentence"),
        "voice.level": _("Turn the microphone on"),
        "voice.stop": _("Stop listening"),
        "voice.silent": _("Nothing was heard. Press the button and speak, or type."),
        "voice.refused": _(
            "The microphone is not allowed here. Allow it beside the address, or type."
        ),
        "voice.unavailable": _(
            "This browser cannot turn speech into words now. Type, and turn the microphone on "
            "so that your tutor knows you are speaking."
        ),
        "voice.offline": _("Speech cannot be turned into words without the internet. Please type."),
        "voice.no_microphone": _("No microphone was found. Please type."),
        "voice.unsupported": _("This browser gives this page no microphone. Please type."),
        "voice.level_only": _(
            "The microphone only shows that you speak: nothing is recorded or sent. "
            "Please type the sentence as well."
        ),
    }
