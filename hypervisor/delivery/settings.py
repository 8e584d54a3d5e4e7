"""What can be set about delivery; every bound is written here."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, ConfigDict, Field, SecretStr

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0


class DeliverySettings(BaseModel):
    """Frozen settings of one delivering process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str = Field(default="parvis", description="id of the site: `source` of events, part of MQTT topics")
    webhook_allow_nets: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="non-public networks that webhooks and brokers may be in"
    )
    mqtt_url: SecretStr | None = Field(default=None, description="broker: mqtt://user:password@host:1883, or mqtts")
    smtp_url: SecretStr | None = Field(default=None, description="mail: smtp://user:password@host:587, or smtps")
    mail_from: str = Field(default="parvis@localhost", description="sender of digests")
    origin: str = Field(default="parvis", description="`WebHook-Request-Origin` of the consent handshake")

    retry_s: tuple[float, ...] = Field(
        default=(5, 5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S, DAY_S),
        description="pauses after the first, second, … failure (Standard Webhooks); after the last: dead letter",
    )
    jitter: float = Field(default=0.2, description="a pause is longer by up to this part of it")
    timeout_s: float = Field(default=15.0, description="for one attempt altogether")
    disable_after_s: float = Field(default=5 * DAY_S, description="failing for so long without a success: disabled")
    slots: int = Field(default=64, description="attempts at once, of well receivers")
    sick_slots: int = Field(default=32, description="attempts at once, of failing receivers")
    per_subscription: int = Field(default=4, description="attempts at once of one well receiver; a failing one: 1")
    claim_after_s: float = Field(default=30.0, description="a worker silent for so long is given up; above timeout_s")
    poll_s: float = Field(default=0.05, description="pause between two looks for news")
    tend_s: float = Field(default=0.25, description="pause between two looks at what is due")
    refresh_s: float = Field(default=1.0, description="subscriptions, rights and places are read again so often")
    lease_s: float = Field(default=3.0, description="a fan-out silent for so long is replaced")
    most_waiting: int = Field(default=10_000, description="messages waiting of one subscription; more: dead letters")
    most_dead: int = Field(default=5_000, description="dead letters of one subscription; the oldest give way")
    most_logged: int = Field(default=2_000, description="attempts in the log of one subscription")
    kept_s: int = Field(default=30 * 86_400, description="log and dead letters are kept so long")
