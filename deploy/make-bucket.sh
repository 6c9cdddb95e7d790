#!/bin/sh
# Makes the bucket `drop` in the object store, and a user who can read it and nothing else. Safe to repeat.
set -eu
mc alias set store http://minio:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"
mc mb --ignore-existing store/drop
mc admin policy create store drop-reader /etc/trunkline/bucket-reader.json
mc admin user add store "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
# Attached already, MinIO calls it an error; so what counts is whether the user can list the bucket.
mc admin policy attach store drop-reader --user "$AWS_ACCESS_KEY_ID" || true
mc alias set reader http://minio:9000 "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
mc ls reader/drop
