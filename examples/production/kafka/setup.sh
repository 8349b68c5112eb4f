#!/bin/sh -e
# What the service needs in the cluster: by the administrator, whose certificate is in
# admin.properties (security.protocol=SSL, ssl.keystore.…, ssl.truststore.…).

# Its topics.
kafka-topics --bootstrap-server ${KAFKA_ADMIN} --command-config admin.properties --create --topic orders --partitions 6 --replication-factor 3 --config min.insync.replicas=2 --config retention.ms=604800000
kafka-topics --bootstrap-server ${KAFKA_ADMIN} --command-config admin.properties --create --topic orders.dead --partitions 1 --replication-factor 3 --config min.insync.replicas=2 --config retention.ms=2592000000

# Its user, and what it may do: on its own topics and its own group, and no more.
kafka-configs --bootstrap-server ${KAFKA_ADMIN} --command-config admin.properties --alter --entity-type users --entity-name shop --add-config "SCRAM-SHA-512=[iterations=8192,password=${SHOP_PASSWORD}]"
kafka-acls --bootstrap-server ${KAFKA_ADMIN} --command-config admin.properties --add --allow-principal User:shop --operation Read --operation Write --operation Describe --topic orders --resource-pattern-type prefixed
kafka-acls --bootstrap-server ${KAFKA_ADMIN} --command-config admin.properties --add --allow-principal User:shop --operation Read --group billing

# The monitoring user, and the right to make a topic for checks that write, are as
# docs/privileges/kafka.md says.
