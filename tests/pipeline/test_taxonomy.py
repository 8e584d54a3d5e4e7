"""City classes: what people call road users, and what detectors call them."""

from pipeline.taxonomy import CITY, asked_names, city_name, nearest_labels


def test_a_label_counts_under_the_name_that_was_asked_for() -> None:
    labels = ("person", "bicycle", "car", "truck", "dog")
    assert asked_names(labels, ("pedestrian", "cyclist", "car")) == ("pedestrian", "cyclist", "car", None, None)
    assert asked_names(labels, ("person",)) == ("person", None, None, None, None)


def test_of_two_names_for_one_label_the_first_is_used() -> None:
    assert asked_names(("person",), ("pedestrian", "person")) == ("pedestrian",)


def test_every_city_class_has_its_names_in_public_formats() -> None:
    assert {row.mobility_type for row in CITY.values()} >= {"PEDESTRIAN", "BIKE", "CAR", "BUS", "TRUCK", "TRAMWAY"}
    assert CITY["pedestrian"].vehicle_type is None


def test_names_of_other_systems_are_understood() -> None:
    assert [city_name(name) for name in ("person", "rider", "train", "van", "horse")] == [
        "pedestrian", "cyclist", "tram", "van", "horse",
    ]  # fmt: skip
    assert nearest_labels("van") == ("car",)
    assert nearest_labels("pedestrian") == ("person",)
