"""What Prometheus is told. A leaf: cheap enough for every message, and it knows no room."""

from prometheus_client import disable_created_metrics

from speaktracker.metrics import shared_folder

with shared_folder.prepared():
    from speaktracker.metrics.classroom_metrics import (
        MESSAGE_TYPES,
        OTHER,
        RemovalCause,
        Totals,
        Way,
        connect_answered,
        connection_closed,
        connection_opened,
        connections_removed,
        count_soon,
        error_answered,
        handled,
        keep_delays,
        status_delay,
        status_written,
        take_delays,
        totals,
    )
    from speaktracker.metrics.operation_metrics import (
        RefusedTry,
        accept_refused,
        call_counted_alone,
        clock_measured,
        cognito_keys_fetched,
        cognito_token_checked,
        event_unpublished,
        foreign_event_dropped,
        items_mirrored,
        log_line_lost,
        management_called,
        mirror_stands,
        note_unreadable,
        redis_nodes_stand,
        relay_stands,
        stores_stand,
        try_refused,
    )

disable_created_metrics()  # type: ignore[no-untyped-call]

__all__ = [
    "MESSAGE_TYPES",
    "OTHER",
    "RefusedTry",
    "RemovalCause",
    "Totals",
    "Way",
    "accept_refused",
    "call_counted_alone",
    "clock_measured",
    "cognito_keys_fetched",
    "cognito_token_checked",
    "connect_answered",
    "connection_closed",
    "connection_opened",
    "connections_removed",
    "count_soon",
    "error_answered",
    "event_unpublished",
    "foreign_event_dropped",
    "handled",
    "items_mirrored",
    "keep_delays",
    "log_line_lost",
    "management_called",
    "mirror_stands",
    "note_unreadable",
    "redis_nodes_stand",
    "relay_stands",
    "status_delay",
    "status_written",
    "stores_stand",
    "take_delays",
    "totals",
    "try_refused",
]
