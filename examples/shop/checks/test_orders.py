"""May orders be taken? What only the shop knows of its database, its queue and its topic."""

from pytest_readiness import measure, readiness

from shop import topology

COLUMNS = {"id", "customer", "article", "quantity", "total_cents", "placed_at", "paid_at"}


@readiness.blocker(
    ref="SHOP-31", owner="orders", remedy="Run the release's migration: python -m shop.deploy"
)
def test_orders_table_has_its_columns(postgres_probe):
    """Has the table of orders every column that this release reads or writes?"""
    found = postgres_probe.query(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'orders'"
    )
    missing = sorted(COLUMNS - {row.name for row in found})
    # A list would do too; a text reads better where the check fails.
    assert measure("missing columns of orders", ", ".join(missing) or "none") == "none"


@readiness.high(
    ref="SHOP-44",
    owner="orders",
    remedy="CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer, placed_at DESC);",
)
def test_my_orders_is_indexed(postgres_probe):
    """Is there a valid index for the page "my orders"? Without it a sale scans the table."""
    rows = postgres_probe.query(
        "SELECT count(*) AS valid FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = 'orders'::regclass AND i.indisvalid AND a.attname = %s",
        "customer",
    )
    assert measure("indexes of orders that begin with customer", rows[0].valid) >= 1


@readiness.high(
    ref="SHOP-52",
    owner="orders",
    remedy="Look for them at the payment provider; its callbacks may not arrive.",
)
def test_no_order_waits_for_its_payment(postgres_probe):
    """Is no order unpaid for longer than payment providers take?"""
    rows = postgres_probe.query(
        "SELECT coalesce(extract(epoch FROM now() - min(placed_at)) / 3600, 0)::float AS hours"
        " FROM orders WHERE paid_at IS NULL"
    )
    assert measure("oldest unpaid order", round(rows[0].hours, 1), unit="hours") <= 48


@readiness.blocker(
    ref="SHOP-7",
    owner="orders",
    remedy="rabbitmqctl set_policy orders '^orders$' "
    '\'{"dead-letter-exchange": "orders.dlx"}\' --apply-to queues',
)
def test_orders_are_dead_lettered(rabbitmq_probe):
    """Is an order that the warehouse rejects kept? Late is bad, lost is worse."""
    queue = rabbitmq_probe.queue(topology.ORDERS_QUEUE)
    exchange = measure("dead-letter exchange of orders", queue.dead_letter_exchange)
    assert exchange == topology.DEAD_LETTER_EXCHANGE


@readiness.medium(owner="warehouse", remedy="Work it off before the launch, not after it.")
def test_launch_starts_with_a_short_queue(rabbitmq_probe):
    """Does the warehouse start the launch with little to do?"""
    queue = rabbitmq_probe.queue(topology.ORDERS_QUEUE)
    assert measure("orders that wait", queue.messages_ready, unit="orders") <= 100


@readiness.high(
    ref="SHOP-60",
    owner="analytics",
    remedy="kafka-topics --alter --topic orders --partitions 3, while nobody relies on the keys.",
)
def test_every_consumer_has_a_partition(kafka_probe):
    """Has each of the three analytics workers a partition to read?"""
    topic = kafka_probe.topic(topology.ORDERS_TOPIC)
    assert measure("partitions of orders", topic.partitions) >= topology.PARTITIONS
