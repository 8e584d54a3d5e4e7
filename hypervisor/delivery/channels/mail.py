"""E-mail digests, by the mail server that the operator configured. The standard library speaks SMTP, on a thread."""

import asyncio
import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from hypervisor.delivery.channels.channel import ACCEPTED, Answer, Letter
from hypervisor.delivery.digest import Head, digest
from hypervisor.delivery.model import Email
from hypervisor.delivery.wire import moment

TIMEOUT_S = 10.0


class MailChannel:
    """Sends digests."""

    def __init__(self, url: str, sender: str, site: str) -> None:
        self._url, self._sender, self._site = urlsplit(url), sender, site

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""
        message = self.message(letter)
        try:
            await asyncio.to_thread(send, self._url, message)
        except smtplib.SMTPResponseException as error:
            return Answer("failed", int(error.smtp_code), f"the mail server answered {error.smtp_code}")
        except smtplib.SMTPRecipientsRefused as error:
            return Answer("failed", error=f"the mail server refused {len(error.recipients)} addresses")
        except (smtplib.SMTPException, OSError) as error:
            return Answer("failed", error=f"the mail server did not take it ({type(error).__name__})")
        return ACCEPTED

    async def close(self) -> None:
        """Each mail has a connection of its own."""

    def message(self, letter: Letter) -> EmailMessage:
        """Return the mail. Its id follows from the events in it, so a repeat can be told."""
        channel, subscription = letter.subscription.channel, letter.subscription
        assert isinstance(channel, Email)
        made = digest(Head(subscription.name, subscription.service, channel.language, channel.timezone), letter.events)
        ids = "\n".join(str(one["id"]) for one in letter.events)
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = made.subject, self._sender, ", ".join(channel.to)
        message["Date"] = format_datetime(moment(letter.at_s))
        message["Message-ID"] = f"<{hashlib.sha256(ids.encode()).hexdigest()[:32]}@{self._site}.parvis>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(made.text)
        message.add_alternative(made.html, subtype="html")
        return message


def send(url: SplitResult, message: EmailMessage) -> None:
    """Send a mail. A password is never sent in the clear, except to this machine.

    Raises:
        SMTPException, OSError: the server does not take it.
    """
    host, port = url.hostname or "localhost", url.port
    if url.scheme == "smtps":
        secure = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=secure)
    else:
        server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
    with server:
        if url.scheme != "smtps":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif url.username and host not in ("localhost", "127.0.0.1", "::1"):
                raise smtplib.SMTPNotSupportedError("the server offers no TLS")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
