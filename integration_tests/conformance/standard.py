"""Airbyte's model of `metadata.yaml`, and its standard tests of the source against the simulator.

usage: standard.py SIMULATOR FOLDER     with `source-tiktok-ads` in PATH
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import ConnectorMetadataDefinitionV0

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "trial"))
import stage  # noqa: E402

# Streams of which the simulated week has nothing, or which need a setting.
EMPTY = ["audience_apply_log", "audience_share_log", "audience_syncs", "smart_plus_ad_groups", "split_tests", "webhook_events", "write_results"]


def metadata():
    for name in ["metadata.yaml", "metadata.destination.yaml"]:
        ConnectorMetadataDefinitionV0.model_validate(yaml.safe_load((ROOT / name).read_text()))
        print(f"conformance: {name} fits Airbyte's model")


def lay_out(folder, simulator):
    """A connector's folder as Airbyte's repository has it."""
    (folder / "secrets").mkdir(parents=True)
    shutil.copy(ROOT / "metadata.yaml", folder)
    configs = {"config": simulator.source(), "invalid": simulator.source(simulator.revoked)}
    for name, config in configs.items():
        (folder / "secrets" / f"{name}.json").write_text(json.dumps(config))
    config = {"config_path": "secrets/config.json"}
    tests = {
        "spec": {"tests": [config]},
        "connection": {"tests": [config | {"status": "succeed"}, {"config_path": "secrets/invalid.json", "status": "failed"}]},
        "discovery": {"tests": [config]},
        "basic_read": {"tests": [config | {"empty_streams": [{"name": name, "bypass_reason": "nothing in the simulated week"} for name in EMPTY]}]},
    }
    about = {"connector_image": "source-tiktok-ads:dev", "test_strictness_level": "high", "acceptance_tests": tests}
    (folder / "acceptance-test-config.yml").write_text(yaml.safe_dump(about))


def standard(program, folder):
    with stage.Simulator(program, folder, "--today", str(stage.TODAY)) as simulator:
        lay_out(folder / "connector", simulator)
        path = f"{HERE / 'engine'}:{os.environ['PATH']}"
        environment = os.environ | {"CONNECTOR_FOLDER": str(folder / "connector"), "TIKTOK_ADS_API_URL": simulator.url, "PATH": path}
        # `--connector-image` keeps the suite from building one.
        command = [sys.executable, "-m", "pytest", "-q", "-rsfE", "-p", "airbyte_cdk.test.standard_tests.pytest_hooks",
                   "-p", "no:cacheprovider", f"--rootdir={folder / 'connector'}", "--connector-image", "source-tiktok-ads:dev",
                   "--read-from-streams=all", str(HERE / "test_standard.py")]
        return subprocess.run(command, cwd=folder / "connector", env=environment).returncode


metadata()
sys.exit(standard(sys.argv[1], pathlib.Path(sys.argv[2])))
