"""NGSI-LD (ETSI GS CIM 009): what Parvis tells, as entities of the Smart Data Models."""
