"""Where Genesys Cloud is: the address of the API in each region.

Source: `PureCloudRegionHosts` of Genesys' Python SDK, names as on https://developer.genesys.cloud/platform/api/.
"""

from collections.abc import Mapping

REGIONS: Mapping[str, str] = {
    "https://api.mypurecloud.com": "Americas (US East)",
    "https://api.usw2.pure.cloud": "Americas (US West)",
    "https://api.use2.us-gov-pure.cloud": "Americas (US East 2, FedRAMP)",
    "https://api.cac1.pure.cloud": "Americas (Canada)",
    "https://api.sae1.pure.cloud": "Americas (São Paulo)",
    "https://api.mxc1.pure.cloud": "Americas (Mexico)",
    "https://api.mypurecloud.ie": "EMEA (Dublin)",
    "https://api.euw2.pure.cloud": "EMEA (London)",
    "https://api.mypurecloud.de": "EMEA (Frankfurt)",
    "https://api.euc2.pure.cloud": "EMEA (Zurich)",
    "https://api.mec1.pure.cloud": "EMEA (UAE)",
    "https://api.edee1.eusc-pure.cloud": "EU sovereign (Germany)",
    "https://api.mypurecloud.jp": "Asia Pacific (Tokyo)",
    "https://api.apne3.pure.cloud": "Asia Pacific (Osaka)",
    "https://api.apne2.pure.cloud": "Asia Pacific (Seoul)",
    "https://api.apse1.pure.cloud": "Asia Pacific (Singapore)",
    "https://api.mypurecloud.com.au": "Asia Pacific (Sydney)",
    "https://api.aps1.pure.cloud": "Asia Pacific (Mumbai)",
}
"""Address of the API to the region's name, as a person chooses it."""
