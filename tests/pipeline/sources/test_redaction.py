"""No password is ever told."""

import pytest

from pipeline.sources import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rtsp://admin:s3cret@10.0.0.5:554/ch1", "rtsp://admin:***@10.0.0.5:554/ch1"),
        ("rtsp://admin:s3cr@et@10.0.0.5/ch1", "rtsp://admin:***@10.0.0.5/ch1"),
        ("rtsp://admin:s3cr/et@10.0.0.5/ch1", "rtsp://admin:***@10.0.0.5/ch1"),
        ("rtsp://admin:s3:cret@10.0.0.5/ch1", "rtsp://admin:***@10.0.0.5/ch1"),
        ("RTSPS://admin:s3cret@h/", "RTSPS://admin:***@h/"),
        ("rtsp://:s3cret@h/", "rtsp://:***@h/"),
        ("http://h/video?user=a&password=s3cret&channel=1", "http://h/video?user=a&password=***&channel=1"),
        ("http://h/video?pwd=s3cret", "http://h/video?pwd=***"),
        ("http://h/v?access_token=s3cret&x=1", "http://h/v?access_token=***&x=1"),
        ("http://h/v?auth=czNjcmV0", "http://h/v?auth=***"),
        ("rtsp://h/user=admin_password=s3cret_channel=1.sdp", "rtsp://h/user=admin_password=***"),
        ("cannot open 'rtsp://u:s3cret@h/' twice: rtsp://u:s3cret@h/", "cannot open 'rtsp://u:***@h/' twice: rtsp://u:***@h/"),
        ("rtsp://10.0.0.5:554/ch1", "rtsp://10.0.0.5:554/ch1"),
        ("rtsp://admin@10.0.0.5:554/ch1", "rtsp://admin@10.0.0.5:554/ch1"),
        ("footage/plaza.mp4: no such file", "footage/plaza.mp4: no such file"),
    ],
)  # fmt: skip
def test_secrets_are_replaced_and_the_rest_is_kept(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(redact(text)) == expected
