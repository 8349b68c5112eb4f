#!/bin/sh
# The tracking server and registry, as MLflow's self-hosting, network security and basic-auth
# guides ask for them. Put the names and secrets into mlflow.env (mode 0600), and let systemd
# run it: EnvironmentFile=/etc/mlflow/mlflow.env, ExecStart=/etc/mlflow/server.sh
#
#   pip install 'mlflow[auth]' 'psycopg[binary]' prometheus-flask-exporter
set -eu

# Runs, models and users live in PostgreSQL; artifacts in a bucket that only the server opens.
# TLS ends here; behind a proxy that terminates it, leave --uvicorn-opts out and set --host to
# an address that the proxy alone reaches.
exec mlflow server \
    --host "$LISTEN" --port "$PORT" --workers "$WORKERS" \
    --backend-store-uri "$BACKEND_STORE_URI" \
    --serve-artifacts --artifacts-destination "$ARTIFACTS_DESTINATION" \
    --app-name basic-auth \
    --allowed-hosts "$HOST_NAMES" \
    --cors-allowed-origins "$PAGES" \
    --x-frame-options DENY \
    --expose-prometheus "$METRICS_FOLDER" \
    --uvicorn-opts "--ssl-certfile $CERTIFICATE --ssl-keyfile $CERTIFICATE_KEY"
