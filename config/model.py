"""The `[model]` section: which endpoints are asked, how long each is waited for, and what it may cost."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator


class EndpointSettings(BaseModel):
    """One OpenAI-compatible endpoint: an entry of `[[model.fallback]]`, or the first part of `[model]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = "http://127.0.0.1:11434/v1"
    name: str = ""
    """The model's name, as the endpoint knows it."""
    api_key: SecretStr | None = None
    answer_tokens: int = Field(default=600, ge=50, le=8000)
    connect_seconds: float = Field(default=3.0, gt=0, le=60)
    first_token_seconds: float = Field(default=12.0, gt=0, le=120)
    idle_seconds: float = Field(default=5.0, gt=0, le=60)
    """Between two tokens."""
    price_in: float = Field(default=0.0, ge=0)
    """For a million tokens that are sent, in the currency of all prices and limits here."""
    price_out: float = Field(default=0.0, ge=0)
    """For a million tokens that come back."""


class FallbackSettings(EndpointSettings):
    """An endpoint that is asked where those before it fail."""

    base_url: str = Field(min_length=1)


class DecideSettings(BaseModel):
    """`[model.decide]`: a smaller model that chooses the tools. What is left out is as in `[model]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    base_url: str | None = None
    api_key: SecretStr | None = None
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)


class ModelSettings(EndpointSettings):
    enabled: bool = False
    rounds: int = Field(default=5, ge=1, le=10)
    calls: int = Field(default=8, ge=1, le=32)
    turn_seconds: float = Field(default=20.0, gt=0, le=120)
    slow_seconds: float = Field(default=2.5, gt=0, le=60)
    """A turn that takes longer says so once."""
    tokens_per_turn: int = Field(default=50_000, ge=1000)
    """Sent and made, together."""
    fallback: tuple[FallbackSettings, ...] = Field(default=(), max_length=5)
    decide: DecideSettings | None = None
    cost_per_turn: float | None = Field(default=None, gt=0)
    cost_per_day: float | None = Field(default=None, gt=0)
    """None: no limit. A day begins at midnight by the house's clock."""

    @field_validator("cost_per_turn", "cost_per_day")
    @classmethod
    def _has_a_price(cls, limit: float | None, info: ValidationInfo) -> float | None:
        decide = info.data.get("decide")
        prices = [info.data.get("price_in"), info.data.get("price_out")]
        prices += [one for each in info.data.get("fallback", ()) for one in (each.price_in, each.price_out)]
        prices += [decide.price_in, decide.price_out] if decide else []
        if limit is not None and not any(prices):
            raise ValueError("it can never be reached without prices; set model.price_in and model.price_out")
        return limit

    @property
    def decider(self) -> EndpointSettings | None:
        """The endpoint of the smaller model, where one is configured. A key goes to no address but its own."""
        if self.decide is None:
            return None
        elsewhere = self.decide.base_url is not None
        own = {name: getattr(self.decide, name) for name in ("name", "price_in", "price_out")}
        return EndpointSettings(
            base_url=self.decide.base_url or self.base_url,
            api_key=self.decide.api_key or (None if elsewhere else self.api_key),
            **{name: getattr(self, name) for name in _PATIENCE},
            **own,
        )

    @property
    def endpoints(self) -> tuple[EndpointSettings, ...]:
        """In the order in which they are asked."""
        return (self, *self.fallback)


_PATIENCE = ("answer_tokens", "connect_seconds", "first_token_seconds", "idle_seconds")
