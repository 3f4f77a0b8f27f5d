"""Why there is no connection to the broker, as sentences that name the fix. Connects to nothing."""

import socket
import ssl

from config.settings import MqttSettings


def explain(error: Exception, settings: MqttSettings) -> str:
    """A sentence for a person about why no connection came about."""
    where = f"{settings.host}:{settings.port}"
    match error:
        case ConnectionRefusedError():
            return f"nothing listens at {where}; start the MQTT broker there or set mqtt.host and mqtt.port"
        case socket.gaierror() | UnicodeError():
            return f"the host name {settings.host!r} is not known; correct mqtt.host"
        case ssl.SSLCertVerificationError() if "mismatch" in error.verify_message:
            return f"the certificate of {where} is for another name; set mqtt.host to the name that it is for"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} is not trusted ({error.verify_message}); set mqtt.ca_file"
        case ssl.SSLError():
            return f"no TLS connection to {where} ({error.reason or error}); check mqtt.tls and mqtt.port (often 8883)"
        case ConnectionResetError() if settings.tls:
            return f"{where} hung up on TLS; check mqtt.tls and mqtt.port (often 8883)"
        case TimeoutError():
            return f"{where} does not answer; check mqtt.host, mqtt.port and the network"
        case _:
            return f"no connection to {where}: {error}"


def unreadable_authority(settings: MqttSettings, error: OSError) -> str:
    return (
        f"mqtt.ca_file {settings.ca_file} cannot be read ({error.strerror}); name the authority's certificate, in PEM"
    )


def explain_refusal(name: str, settings: MqttSettings) -> str:
    """The same for a broker that answered, and said no or goodbye; `name` is the MQTT reason code's."""
    match name:
        case "Bad user name or password" | "Not authorized":
            return f"the broker refused the user name or password ({name}); set mqtt.username and mqtt.password"
        case "Session taken over":
            return f"another program connected with the client id {settings.client_id!r}; set another mqtt.client_id"
        case "Client identifier not valid":
            return f"the broker does not accept the client id {settings.client_id!r}; set another mqtt.client_id"
        case "Unsupported protocol version":
            return "the broker speaks neither MQTT 5 nor 3.1.1; use a newer one, such as Mosquitto 2"
        case "Unspecified error":
            return "the broker ended the connection"
        case _:
            return f"the broker ended the connection: {name}"
