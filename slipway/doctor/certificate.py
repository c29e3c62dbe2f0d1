"""The domain: its certificate, and its hosted zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_CERTIFICATES = "https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-describe.html"
_ZONES = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ListInfoOnHostedZone.html"
# ACM renews 60 days before the end what it can renew.
# https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
_SOON = timedelta(days=45)


def certificate(patient: Patient) -> Iterator[Finding]:
    """Look whether the certificate is issued, for the services' names, and for long enough."""
    domain = patient.wanted.domain
    if domain is None:
        yield ok("certificate", "none is needed: the environment has no domain")
        return
    acm = patient.client("acm")
    request = (
        f"aws acm request-certificate --region {patient.region} --validation-method DNS "
        f"--domain-name '*.{domain.name}'"
    )
    try:
        found = acm.describe_certificate(CertificateArn=domain.certificate)["Certificate"]
    except acm.exceptions.ResourceNotFoundException:
        yield mend("certificate", f"{domain.certificate} is not there", request, _CERTIFICATES)
        return
    if found["Status"] != "ISSUED":
        how = request
        if found["Status"] == "PENDING_VALIDATION":
            how = (
                "make the DNS record that proves the domain is yours: aws acm "
                f"describe-certificate --certificate-arn {domain.certificate}"
            )
        yield mend("certificate", f"is {found['Status']}, not ISSUED", how, _CERTIFICATES)
        return
    covered = {found["DomainName"], *found.get("SubjectAlternativeNames", ())}
    bare = [
        host
        for service in patient.settings.services(patient.wanted.name)
        if not covered & {host := f"{service}.{domain.name}", f"*.{domain.name}"}
    ]
    ends = found.get("NotAfter")
    if bare:
        yield mend(
            "certificate",
            f"is for {', '.join(sorted(covered))}, not for {', '.join(bare)}",
            request,
            _CERTIFICATES,
        )
    elif ends and ends - datetime.now(UTC) < _SOON:
        yield mend(
            "certificate",
            f"ends on {ends:%Y-%m-%d}, and was not renewed",
            "aws acm describe-certificate, RenewalSummary says what is in the way "
            f"(--certificate-arn {domain.certificate})",
            _CERTIFICATES,
        )
    else:
        until = f", until {ends:%Y-%m-%d}" if ends else ""
        yield ok("certificate", f"issued for *.{domain.name}{until}", _CERTIFICATES)


def hosted_zone(patient: Patient) -> Iterator[Finding]:
    """Look whether the zone is there, public, and holds the domain."""
    domain = patient.wanted.domain
    if domain is None:
        yield ok("hosted zone", "none is needed: the environment has no domain")
        return
    route53 = patient.client("route53")
    how = (
        f"aws route53 create-hosted-zone --name {domain.name} --caller-reference first, and its "
        f"id into environments/{patient.wanted.name}.yaml"
    )
    try:
        zone = route53.get_hosted_zone(Id=domain.hosted_zone_id)["HostedZone"]
    except route53.exceptions.NoSuchHostedZone:
        yield mend("hosted zone", f"{domain.hosted_zone_id} is not there", how, _ZONES)
        return
    name = zone["Name"].rstrip(".")
    if domain.name != name and not domain.name.endswith(f".{name}"):
        yield mend("hosted zone", f"{domain.hosted_zone_id} is of {name}", how, _ZONES)
    elif zone.get("Config", {}).get("PrivateZone"):
        yield mend("hosted zone", f"{domain.hosted_zone_id} is private", how, _ZONES)
    else:
        yield ok("hosted zone", f"{domain.hosted_zone_id} is of {name}", _ZONES)
