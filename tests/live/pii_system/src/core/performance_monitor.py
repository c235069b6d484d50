"""What the stand-in has measured: lists of numbers in run/metrics.json, the newest last."""

import json
from dataclasses import dataclass


@dataclass
class Point:
    value: float


class Collector:
    def __init__(self):
        try:
            with open("run/metrics.json", encoding="utf-8") as file:
                self.values = json.load(file)
        except FileNotFoundError:
            self.values = {}

    def get_metric_values(self, name):
        return [Point(value) for value in self.values.get(name, [])]

    def get_metric_statistics(self, name, _minutes):
        values = self.values.get(name)
        return {"mean": sum(values) / len(values), "max": max(values)} if values else {}


class PerformanceMonitor:
    def __init__(self):
        self.collector = Collector()

    def get_performance_summary(self):
        return {name: self.collector.get_metric_statistics(name, 60) for name in self.collector.values}


def get_performance_monitor():
    return PerformanceMonitor()
