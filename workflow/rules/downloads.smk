# Data products, fetched into the data folder where they are not there yet.
#
# in:   the register of sources (workflow/proda/resources/sources.csv)
# out:  <data_dir>/downloads/<name>.sha256     digests of the product's files, once all are there
#       <data_dir>/downloads/sources.lock.csv  digests of everything that was ever downloaded

from proda.data.downloads.names import check_folder

try:
    for name, product in PRODUCTS.items():
        check_folder(f"config downloads.products.{name}.folder", product["folder"])
except InputError as error:
    raise WorkflowError(str(error)) from None


rule download:
    input:
        # A mended address elsewhere in the register is no reason to check 150 GB again.
        sources=ancient(config["downloads"]["sources"] or RESOURCES / "sources.csv"),
    output:
        manifest=RAW / "downloads" / "{product}.sha256",
    log:
        LOGS / "download" / "{product}.log",
    benchmark:
        BENCHMARKS / "download" / "{product}.tsv"
    wildcard_constraints:
        product="|".join(map(re.escape, PRODUCTS)) or "none",
    # Here, where the network is; a node of a cluster may have none.
    localrule: True
    conda:
        ENVIRONMENT
    params:
        product=lambda wildcards: PRODUCTS[wildcards.product],
        data_dir=data_dir,
        lock=config["downloads"]["lock"],
        max_download_gb=config["downloads"]["max_download_gb"],
        max_unpacked_gb=config["downloads"]["max_unpacked_gb"],
    script:
        "../scripts/download.py"


rule downloads:
    input:
        expand(RAW / "downloads" / "{product}.sha256", product=PRODUCTS),
