"""A real Spark standalone cluster for tests: one master, two workers, from the package, on loopback.

Each is a Java process of its own, on a port that the system chose, and is stopped by its process id.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

WORKERS = 2
MEMORY = "1g"
"""Of one worker, which has one core."""
PATIENCE_SECONDS = 180
QUICK_TO_START = "-XX:TieredStopAtLevel=1"
"""What is short is mostly Java's compiler at work: the quick one is enough."""
OPTIONS = {
    "spark.cores.max": 2,
    "spark.executor.cores": 1,
    "spark.sql.shuffle.partitions": 2,
    "spark.sql.codegen.wholeStage": "false",  # of a few rows: to compile a query costs more than to run it
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": QUICK_TO_START,
    "spark.executor.extraJavaOptions": QUICK_TO_START,
}

_DAEMONS = "org.apache.spark.deploy"
_MASTER_AT = re.compile(r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
_REGISTERED = re.compile("Successfully registered with master")


@dataclass
class Cluster:
    """A running cluster; `master` is its address."""

    folder: Path
    master: str = ""
    processes: list[subprocess.Popen] = field(default_factory=list, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a home that computes on it: small, for a machine that is shared."""
        options = self.folder / "options.conf"
        options.write_text("".join(f"{name} {value}\n" for name, value in OPTIONS.items()), encoding="utf-8")
        return {
            "THIN_SPARK_MASTER": self.master,
            "THIN_SPARK_MEMORY": "800m",
            "THIN_SPARK_OPTIONS": str(options),
        }

    def start(self) -> None:
        """Start master and workers, and wait until the workers are known to the master."""
        self.master = self._start("master.Master", [], _MASTER_AT)
        for number in range(WORKERS):
            work = ["--cores", "1", "--memory", MEMORY, "--work-dir", str(self.folder / f"work{number}")]
            self._start("worker.Worker", [*work, self.master], _REGISTERED)

    def stop(self) -> None:
        """Stop the workers, who stop their executors, then the master."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        self.processes = []

    def _start(self, daemon: str, arguments: list[str], started: re.Pattern) -> str:
        """Start a daemon; returns what its log says of the start."""
        home = _spark_home()
        log = self.folder / f"{daemon}{len(self.processes)}.log"
        command = [home / "bin" / "spark-class", f"{_DAEMONS}.{daemon}", "--host", "127.0.0.1"]
        command += ["--port", "0", "--webui-port", "0", *arguments]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=os.environ
                | {
                    "SPARK_HOME": str(home),
                    "SPARK_LOCAL_IP": "127.0.0.1",
                    "SPARK_DAEMON_MEMORY": "256m",
                    "SPARK_NO_DAEMONIZE": "1",
                },
            )
        self.processes.append(process)
        return _said(log, started, process)


@contextmanager
def spark_cluster() -> Iterator[Cluster]:
    """A running cluster for the block."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="thin-spark-")))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)


def _said(log: Path, words: re.Pattern, process: subprocess.Popen) -> str:
    """What a log says, once it says it: the group of the words, or all of them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        text = log.read_text(encoding="utf-8", errors="replace")
        if found := words.search(text):
            return found.group(found.re.groups)
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(text)
        time.sleep(0.1)


def _spark_home() -> Path:
    import pyspark

    assert shutil.which("java"), "apt-get install openjdk-17-jre-headless"
    return Path(pyspark.__file__).parent
