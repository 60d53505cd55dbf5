"""From parameter sets to soil organic carbon at profiles and on the grid."""
