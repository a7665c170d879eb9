#!/bin/sh
# Prepares this folder for `docker compose up`: .env, the data folders, and secrets that only their owner can read.
# Run it again at any time: it creates only what is missing.
set -eu
umask 077
cd "$(dirname "$0")/../.."

value() { sed -n "s/^$1=//p" .env | tail -n 1; }
random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
missing() { for name; do [ -s "secrets/$name" ] || return 0; done; return 1; }
secret() { printf '%s' "$2" > "secrets/$1"; }

[ -e .env ] || cp .env.example .env
if [ -z "$(value CONTAINER_USER)" ]; then
    # The containers run as the owner of the secrets. Root's must not run as root, so they get a number of their own.
    if [ "$(id -u)" -eq 0 ]; then owner=10001:10001; else owner=$(id -u):$(id -g); fi
    printf 'CONTAINER_USER=%s\n' "$owner" >> .env
fi

mkdir -p secrets
for name in mongo_admin_password mongo_password; do
    if missing "$name"; then secret "$name" "$(random 24)"; fi
done
if missing mongo_key; then secret mongo_key "$(random 384)"; fi
if missing queue_password queue_conf; then
    password=$(random 24)
    secret queue_password "$password"
    secret queue_conf "requirepass $password"
fi
if missing storage_access_key_id storage_secret_access_key storage_identities; then
    id=$(random 10) key=$(random 24)
    secret storage_access_key_id "$id"
    secret storage_secret_access_key "$key"
    secret storage_identities '{"identities": [{"name": "photochrom",
  "credentials": [{"accessKey": "'"$id"'", "secretKey": "'"$key"'"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}'
fi
if missing grafana_password; then secret grafana_password "$(random 16)"; fi

data=$(value DATA_DIR)
for server in mongo queue storage prometheus grafana; do mkdir -p "${data:-data}/$server"; done
if [ "$(id -u)" -eq 0 ]; then chown -R "$(value CONTAINER_USER)" secrets "${data:-data}"; fi
echo "Ready. Start with: docker compose up --build -d"
