#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# pgdata.sh DIR: makes DIR/data, a database of PostgreSQL with pgbench's tables (scale
# 1), by a server that it starts and shuts down again. For initramfs.sh, which runs it
# as a user without rights: PostgreSQL refuses to be root. Each database has numbers
# and times of its own: two are never the same to the byte.

set -euo pipefail
dir=$1
data=$dir/data
export LC_ALL=C HOME=$dir

initdb -D "$data" -U postgres -A trust --locale=C --encoding=UTF8 --wal-segsize=1 -N
# All rows fit into the shared buffers; in a guest there is neither a disk nor TCP.
cat >"$data/postgresql.conf" <<EOC
listen_addresses = ''
unix_socket_directories = '/tmp'
max_connections = 210
shared_buffers = 24MB
fsync = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8MB
min_wal_size = 2MB
log_min_messages = fatal
timezone = 'GMT'
log_timezone = 'GMT'
EOC

postgres -D "$data" -c unix_socket_directories="$dir" &
server=$!
trap 'kill $server 2>/dev/null || :' EXIT
until tail -n 1 "$data/postmaster.pid" 2>/dev/null | grep -q '^ready'; do
	kill -0 $server
	sleep 0.1
done
sql() {
	psql -q -v ON_ERROR_STOP=1 -h "$dir" -U postgres -d template1 -c "$1"
}
# 7 MB each
sql 'ALTER DATABASE template0 IS_TEMPLATE false'
sql 'DROP DATABASE template0'
sql 'DROP DATABASE postgres'
pgbench -q -i -s 1 -h "$dir" -U postgres template1
# 9 MB of blanks
sql 'ALTER TABLE pgbench_accounts DROP COLUMN filler'
sql 'VACUUM FULL ANALYZE pgbench_accounts'
kill -INT $server
wait $server
trap - EXIT
# one segment of the log is enough
pg_resetwal -D "$data"
