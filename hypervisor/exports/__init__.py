"""Open data: national counts, tables, GeoJSON, Parquet, DATEX II; small counts are withheld."""
