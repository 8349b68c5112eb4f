#!/bin/sh
# Once, on any node, when all three have joined: a queue gets its replicas when it is declared.
set -eu
rabbitmqctl await_online_nodes 3
rabbitmqctl import_definitions definitions.json
# The application: no tag, and no right but to publish and consume. Its queues come from above;
# readiness-* is for the round trip of pytest --readiness, where that may write.
rabbitmqctl add_user shop "$SHOP_PASSWORD"
rabbitmqctl set_permissions -p / shop '^readiness-' '^(orders|orders\.dead|amq\.default|readiness-.*)$' '^(orders|orders\.dead|readiness-.*)$'
