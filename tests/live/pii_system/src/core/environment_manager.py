"""The environment of the stand-in: .env.ENVIRONMENT, and what the process has besides."""

import json
import os

REQUIRED = ["ENVIRONMENT", "DATABASE_URL", "LOG_LEVEL", "SECRET_KEY", "ENCRYPTION_KEY"]
PRODUCTION = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "HUGGINGFACE_TOKEN"]


class EnvironmentManager:
    def __init__(self):
        self.name = os.environ.get("ENVIRONMENT", "production")
        self.values = {}
        if os.path.exists(".env." + self.name):
            with open(".env." + self.name, encoding="utf-8") as file:
                pairs = (line.strip().partition("=") for line in file if "=" in line)
                self.values = {name: value for name, _, value in pairs}

    def validate_current_environment(self):
        wanted = REQUIRED + (PRODUCTION if self.name == "production" else [])
        missing = [name for name in wanted if not self.values.get(name)]
        return {"valid": not missing, "missing_required": missing}

    def export_environment_info(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"environment": self.name, "variables": sorted(self.values)}, file)

    def get_config_value(self, name):
        return self.values.get(name)

    def get_database_config(self):
        return {"url": self.values.get("DATABASE_URL", "sqlite:///data/pii_extraction.db")}

    def get_security_config(self):
        return {"enable_auth": self.values.get("ENABLE_AUTH", "true") == "true"}


def get_env_manager():
    return EnvironmentManager()
