"""The health check of the stand-in: the figures of run/figures.json, judged by the thresholds of the application."""

import json


class HealthChecker:
    def check_health(self):
        """As the application's does, it says that the application runs: the process that asks does."""
        with open("run/figures.json", encoding="utf-8") as file:
            figures = json.load(file)
        worst = max(figures["memory"], figures["disk"])
        status = "unhealthy" if worst > 90 else "degraded" if worst > 80 else "healthy"
        checks = {name: {"status": "healthy", "percent_used": percent} for name, percent in figures.items()}
        checks["application"] = {"status": "healthy", "message": "Application is running"}
        return {"status": status, "timestamp": "2026-11-21T12:00:00", "checks": checks}


def get_health_checker():
    return HealthChecker()
