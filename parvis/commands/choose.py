"""Which camera of a configuration is meant."""

from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.errors import Refused


def chosen_camera(loaded: LoadedSite, camera_id: str | None) -> CameraConfig:
    """Return the camera of that id, or the only one.

    Raises:
        Refused: if there is no such camera, or several and none was named.
    """
    cameras = loaded.site.cameras
    names = ", ".join(camera.id for camera in cameras)
    if not cameras:
        raise Refused(f"{loaded.path}: cameras: there is none; expected one")
    if camera_id is None:
        if len(cameras) > 1:
            raise Refused(f"{loaded.path}: cameras: there are {len(cameras)}; expected --camera with one of {names}")
        return cameras[0]
    for camera in cameras:
        if camera.id == camera_id:
            return camera
    raise Refused(f"{loaded.path}: cameras: no camera {camera_id!r}; expected one of {names}")
