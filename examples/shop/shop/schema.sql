CREATE TABLE IF NOT EXISTS articles (
    name  text PRIMARY KEY,
    cents integer NOT NULL CHECK (cents > 0)
);

CREATE TABLE IF NOT EXISTS orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer    text NOT NULL,
    article     text NOT NULL REFERENCES articles,
    quantity    integer NOT NULL CHECK (quantity > 0),
    total_cents integer NOT NULL,
    placed_at   timestamptz NOT NULL DEFAULT now(),
    paid_at     timestamptz
);

-- Asked for by every page of "my orders".
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer, placed_at DESC);
