"""One broker in good order, one in bad order, one neglected: each check seen on them."""

from __future__ import annotations

from tests.catalogue.rabbitmq_servers import (
    PATIENCE,
    consuming,
    good,
    neglected,
    publish,
    queues,
    seen,
    until,
)
from tests.catalogue.states import Said, state
from tests.judging import judge
from tests.sandbox import Sandbox
from tests.systems.rabbitmq_brokers import bad_order, well

_OF_QUEUES = {
    *("queues_durable", "queues_running", "queue_unacknowledged", "consumers_acknowledge"),
    *("consumers_prefetch", "messages_persistent", "queues_bounded", "queues_replicated"),
    *("redeliveries_bounded", "queues_of_declared_type", "queues_dead_lettered"),
    *("dead_letters_few", "queue_consumers", "queue_backlog"),
}
_OF_RABBITMQ_4 = {
    *("nodes_in_service", "feature_flags_enabled", "no_deprecated_features"),
    "anonymous_login_off",
}
_OF_THE_APPLICATION = {
    *("guest_refused", "app_not_administrator", "app_password_long", "encrypted"),
    *("encrypted_across_public_network", "certificate_valid", "round_trip"),
}
_OF_THE_API = {
    *("nodes_running", "no_partitions", "vhosts_running", "memory_headroom", "disk_headroom"),
    *("disk_limit_set", "file_descriptors", "process_headroom", "metrics_exported"),
    *("cluster_size", "clients_encrypted", "heartbeats_on"),
}


@state(
    "rabbitmq",
    failed={
        *("version_abandoned", "disk_limit_set", "cluster_size", "metrics_exported"),
        *("management_encrypted", "heartbeats_on", "queues_replicated", "redeliveries_bounded"),
        *("queues_bounded", "consumers_prefetch"),
    },
    passed={
        *("reachable", "management_reachable", "no_alarms", "nodes_running", "no_partitions"),
        *("vhosts_running", "memory_headroom", "disk_headroom", "file_descriptors"),
        *("process_headroom", "no_mirroring", "guest_refused", "guest_user_absent"),
        *("app_not_administrator", "app_password_long", "encrypted", "plain_listener_closed"),
        *("clients_encrypted", "certificate_valid", "intent_declared", "queues_declared"),
        *("queues_durable", "queues_running", "queues_of_declared_type", "queue_backlog"),
        *("queues_dead_lettered", "queue_unacknowledged", "queue_consumers", "round_trip"),
        *("consumers_acknowledge", "version_minimum"),
    },
    not_applicable={
        *("version_supported", "node_expendable", "encrypted_across_public_network"),
        *("dead_letters_few", "messages_persistent"),
        *_OF_RABBITMQ_4,
    },
)
def the_defaults_of_the_distribution_with_tls(box: Sandbox) -> Said:
    with good(box) as server:
        until(server.management_url, "connections", lambda rows: any("ssl" in r for r in rows))
        return judge(well(server, minimum_version="3.8", timeout=PATIENCE), "rabbitmq", writes=True)


@state(
    "rabbitmq",
    failed={
        *("version_abandoned", "version_minimum", "no_alarms", "memory_headroom"),
        *("disk_headroom", "cluster_size", "metrics_exported", "guest_refused"),
        *("guest_user_absent", "app_not_administrator", "encrypted", "management_encrypted"),
        *("queues_durable", "queues_of_declared_type", "queue_consumers", "queues_bounded"),
        "round_trip",
    },
    passed={"reachable", "disk_limit_set", "queues_declared", "queues_running", "queue_backlog"},
    blocked={"heartbeats_on"},
    not_applicable={
        *("plain_listener_closed", "clients_encrypted", "certificate_valid"),
        *("queues_replicated", "queues_dead_lettered", "redeliveries_bounded"),
        *("dead_letters_few", "consumers_acknowledge", "consumers_prefetch"),
        "messages_persistent",
    },
)
def out_of_memory_and_disk_space(box: Sandbox) -> Said:
    server = bad_order(box)
    declared = queues(orders={"min_consumers": 1, "type": "quorum"})
    probe = seen(server, url=server.admin_url, queues=declared, minimum_version="3.12", timeout=4)
    return judge(probe, "rabbitmq", writes=True)


@state(
    "rabbitmq",
    failed={
        *("vhosts_running", "disk_limit_set", "file_descriptors", "process_headroom"),
        *("no_mirroring", "metrics_exported", "guest_refused", "guest_user_absent"),
        *("app_not_administrator", "app_password_long", "certificate_valid", "queue_backlog"),
        *("queue_unacknowledged", "dead_letters_few", "consumers_acknowledge"),
        *("messages_persistent", "redeliveries_bounded", "queues_bounded"),
    },
    passed={"reachable", "encrypted", "consumers_prefetch", "queues_dead_lettered", "round_trip"},
    not_applicable={"queues_of_declared_type"},
)
def neglected_by_everybody(box: Sandbox) -> Said:
    server = neglected(box)
    url = server.url.replace(f"app:{server.passwords['app']}", "guest:guest")
    declared = queues(
        orders={"dead_letter": "letters", "max_ready": 2, "max_unacked": 1},
        jobs={"min_consumers": 1},
    )
    server.rabbitmqctl("eval", 'rabbit_vhost_sup_sup:delete_on_all_nodes(<<"lost">>).')
    with (
        consuming(server, server.url, "jobs", auto_ack=True, channels=120) as channel,
        consuming(server, server.url, "orders", prefetch=3),
    ):
        channel.confirm_delivery()
        publish(channel, "orders", 6, lasting=False)
        publish(channel, "letters", 11)
        api = server.management_url
        until(api, "queues/%2F/orders", lambda row: row.get("messages_unacknowledged") == 3)
        until(api, "queues/%2F/letters", lambda row: row.get("messages_ready") == 11)
        until(api, "queues/%2F/jobs", lambda row: "policy" in row)
        until(api, "nodes", lambda rows: rows[0].get("proc_used", 0) > 820)
        return judge(seen(server, url=url, queues=declared), "rabbitmq", writes=True)


@state("rabbitmq", passed={"messages_persistent", "queues_bounded", "queue_consumers"})
def a_bounded_queue_of_lasting_messages(box: Sandbox) -> Said:
    server = neglected(box)
    with consuming(server, server.url, "kept") as channel:
        channel.confirm_delivery()
        publish(channel, "kept", 3)
        api = server.management_url
        until(api, "queues/%2F/kept", lambda row: row.get("messages_persistent", 0) >= 3)
        return judge(seen(server, queues=queues(kept={"min_consumers": 1})), "rabbitmq")


@state("rabbitmq", failed={"queues_declared"}, blocked=_OF_QUEUES)
def a_declared_queue_that_is_missing(box: Sandbox) -> Said:
    intent = {"dead_letter": "dead", "min_consumers": 1, "type": "quorum"}
    return judge(seen(neglected(box), queues=queues(gone=intent)), "rabbitmq")


@state("rabbitmq", failed={"queues_declared"}, blocked=_OF_QUEUES - {"queue_backlog"})
def a_pattern_that_matches_nothing(box: Sandbox) -> Said:
    intent = {"dead_letter": "dead", "min_consumers": 1, "type": "quorum"}
    return judge(seen(neglected(box), queues=queues(**{"gone.*": intent})), "rabbitmq")


@state("rabbitmq", failed={"queues_dead_lettered"}, blocked={"dead_letters_few"})
def dead_letters_that_go_nowhere(box: Sandbox) -> Said:
    return judge(seen(neglected(box), queues=queues(local={"dead_letter": "x"})), "rabbitmq")


@state("rabbitmq", failed={"intent_declared"}, not_applicable={"queues_declared"} | _OF_QUEUES)
def without_declared_queues(box: Sandbox) -> Said:
    return judge(seen(neglected(box)), "rabbitmq")


@state(
    "rabbitmq",
    failed={"management_reachable"},
    passed={"reachable", "no_alarms", "queues_declared", "queue_backlog"},
    blocked={"nodes_running", "no_partitions", "vhosts_running", "cluster_size"}
    | {"node_expendable", "queues_durable", "queues_running", "app_not_administrator"}
    | {"queues_of_declared_type"},
    not_applicable={"guest_user_absent", "management_encrypted", "no_mirroring"}
    | (_OF_THE_API - {"nodes_running", "no_partitions", "vhosts_running", "cluster_size"}),
)
def without_a_management_api(box: Sandbox) -> Said:
    declared = queues(orders={"type": "classic"})
    url = neglected(box).plain_url
    return judge(seen(neglected(box), url=url, monitor_url=None, queues=declared), "rabbitmq")


@state(
    "rabbitmq",
    blocked={"management_encrypted", "guest_user_absent", "no_mirroring", "disk_headroom"},
)
def with_a_management_api_that_is_down(box: Sandbox) -> Said:
    return judge(seen(neglected(box), management_url="http://127.0.0.1:9"), "rabbitmq")


@state(
    "rabbitmq",
    passed={"reachable", "no_alarms", "app_not_administrator"},
    blocked={"management_reachable", "no_mirroring", "node_expendable"} | _OF_THE_API,
)
def the_application_looks_itself(box: Sandbox) -> Said:
    server = neglected(box)
    where = server.management_url.replace(f"monitor:{server.passwords['monitor']}@", "")
    return judge(seen(server, monitor_url=None, management_url=where), "rabbitmq")


@state("rabbitmq", passed={"reachable", "no_alarms"}, blocked=_OF_THE_APPLICATION)
def only_somebody_who_monitors(box: Sandbox) -> Said:
    return judge(seen(neglected(box), url=None), "rabbitmq", writes=True)


@state(
    "rabbitmq",
    failed={"reachable"},
    blocked={"no_alarms", "version_supported", "version_abandoned", "intent_declared"}
    | {"queues_declared", "round_trip", "management_reachable"},
)
def down(box: Sandbox) -> Said:
    declared = queues(orders={})
    return judge(
        seen(neglected(box), url="amqp://app:x@127.0.0.1:9", queues=declared),
        "rabbitmq",
        writes=True,
    )
