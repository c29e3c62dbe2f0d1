"""What Amazon S3 has beside MiniStack's: a key of its own, and roles of other accounts.

A write with ``aws:kms`` need not name a key. Whoever comes from another account is let in by the
bucket's policy, and to what a customer's key encrypts by that key's policy, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.core.router import extract_access_key_id
from ministack.services import kms, s3

from slipway.local_aws.callers import Caller, caller_of
from slipway.local_aws.machine import Machine
from slipway.local_aws.resource_policies import admits

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_READS = ("GET", "HEAD")

_Signed = tuple[Mapping[str, str], Mapping[str, Any]]

# The headers and the query of the request that is answered.
_signed: ContextVar[_Signed | None] = ContextVar("signed", default=None)


def install(machine: Machine) -> None:
    """Let writes without a key use ``aws/s3``, and ask policies about other accounts' roles.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example4.html
    """
    resolve = s3._resolve_sse_write_headers
    apply_scope: Callable[..., Any] = s3._apply_bucket_scope
    public: Callable[..., bool] = s3._foreign_bucket_allows

    def resolve_with_default_key(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            key = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
            headers = {**headers, _KEY: key}
        return resolve(headers, bucket)

    def apply_scope_for(
        method: str, bucket: str, key: str, headers: Any, query: Any, *more: Any
    ) -> Any:
        token = _signed.set((headers, query))
        try:
            return apply_scope(method, bucket, key, headers, query, *more)
        finally:
            _signed.reset(token)

    def allows(
        owner: str,
        bucket: str,
        key: str,
        method: str,
        query: Mapping[str, Any],
        caller: str,
        headers: Mapping[str, str] | None = None,
    ) -> bool:
        signed = _signed.get()
        if not caller or signed is None:
            return public(owner, bucket, key, method, query, caller, headers)
        asking = caller_of(extract_access_key_id(*signed))
        return lets_in(asking, owner, bucket, key, method, query, headers or {})

    s3._resolve_sse_write_headers = resolve_with_default_key
    s3._apply_bucket_scope = apply_scope_for
    s3._foreign_bucket_allows = allows


def lets_in(
    caller: Caller,
    owner: str,
    bucket: str,
    key: str,
    method: str,
    query: Mapping[str, Any],
    headers: Mapping[str, str],
) -> bool:
    """Tell whether the owner of a bucket lets somebody of another account do something with it.

    Parameters
    ----------
    owner
        The account.
    key
        Of the object; empty for the bucket itself.
    """
    path = f"/{bucket}/{key}" if key else f"/{bucket}"
    usual = "GetObject" if method in _READS else "PutObject"
    action = f"s3:{iam_actions._s3_action(method, path, dict(query)) or usual}"
    with request_scope(owner, get_region()):
        context = iam_actions.s3_service_context(action, dict(query), path, dict(headers))
        policy = s3._bucket_policies.get(bucket)
        may = admits(
            policy,
            caller,
            action,
            f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}",
            context={**context, "s3:TlsVersion": "1.3"},
        )
        return may and _key_lets_in(caller, bucket, key, action, headers)


def _key_lets_in(
    caller: Caller, bucket: str, key: str, action: str, headers: Mapping[str, str]
) -> bool:
    """Tell whether the key that an object is encrypted with may be used by another account.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """
    if not key or action not in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"):
        return True
    used: Mapping[str, str]
    if action == "s3:PutObject":
        used, does = {**s3._bucket_default_sse_headers(bucket), **headers}, "kms:GenerateDataKey"
    else:
        used, does = _encryption_of(bucket, key), "kms:Decrypt"
    arn = used.get(_KEY, "") if used.get(_ALGORITHM) == "aws:kms" else ""
    record = kms._resolve_key(arn)
    if record is None:
        # Without a key there is nothing to ask; the key that S3 has by itself is its account's.
        return not arn
    via = {"kms:ViaService": f"s3.{get_region()}.amazonaws.com"}
    return admits(record.get("Policy"), caller, does, record["Arn"], context=via)


def _encryption_of(bucket: str, key: str) -> Mapping[str, str]:
    record = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key) or {}
    found: Mapping[str, str] = record.get("preserved_headers", {})
    return found
