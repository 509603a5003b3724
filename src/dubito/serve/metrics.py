"""What a Prometheus server reads of this one."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SHARES = tuple(i / 10 for i in range(1, 11))


class Meters:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.requests = Counter(
            "dubito_requests", "Requests answered.", ["route", "status"], registry=r
        )
        self.seconds = Histogram(
            "dubito_request_seconds",
            "Until the last byte.",
            ["route"],
            buckets=SECONDS,
            registry=r,
        )
        self.actions = Counter(
            "dubito_actions", "What was done with questions.", ["action"], registry=r
        )
        self.confidence = Histogram(
            "dubito_confidence", "Of answers, given or not.", buckets=SHARES, registry=r
        )
        self.feedback = Counter("dubito_feedback", "Judgements of answers.", ["right"], registry=r)
        self.lost = Counter("dubito_records_lost", "Records that could not be written.", registry=r)
        self.in_flight = Gauge("dubito_in_flight", "Requests being answered.", registry=r)
        self.waiting = Gauge("dubito_waiting", "Requests that wait for a turn.", registry=r)
        self.drift = Gauge(
            "dubito_drift_log_martingale", "High once doubts of a model drift, nats.", registry=r
        )
        self.healthy = Gauge("dubito_healthy", "1: answers can be expected.", registry=r)

    def text(self) -> bytes:
        """All of it, in Prometheus' format."""
        return generate_latest(self.registry)
