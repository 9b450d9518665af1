/*
 * Every maximum of something that an outsider sizes, by name.
 */
#ifndef SIGNET_BASE_LIMITS_H
#define SIGNET_BASE_LIMITS_H

/* certification requests and certificates (octets of DER) */
#define LIMIT_CSR 32768
#define LIMIT_CSR_ATTRIBUTES 16
#define LIMIT_CERTIFICATE 32768
#define LIMIT_CHAIN 8           /* certificates in an authority's chain */
#define LIMIT_CHAIN_OCTETS 24576 /* of them, which may travel beside a certificate in one message */
#define LIMIT_CROSS 16          /* cross certificates of an authority */
#define LIMIT_AUTHORITY_KEYS 32 /* that an authority had before */
#define LIMIT_SPKI 2048
#define LIMIT_NAME 4096         /* a distinguished name in DER */
#define LIMIT_NAME_PARTS 64     /* attributes in a distinguished name */
#define LIMIT_SAN_COUNT 100     /* alternative names in one certificate */
#define LIMIT_EXTENSIONS 32
#define LIMIT_EXTENSIONS_REMOVED 256 /* that one draft remembers to leave out */
#define LIMIT_EXTENSION_ITEMS 64 /* in the list of one extension */
#define LIMIT_SUBTREES 1000     /* permitted or excluded by the name constraints of one certificate */
#define LIMIT_DER_DEPTH 32
#define LIMIT_OID 64            /* octets of an encoded OBJECT IDENTIFIER */
#define LIMIT_DNS_NAME 253      /* RFC 1035, without the final dot */
#define LIMIT_EMAIL 320
#define LIMIT_URI 2048
#define LIMIT_CRL 0x7fffffff    /* octets of a CRL */
#define LIMIT_CRL_BASES 8       /* values of urls.base that the certificates of one key name */
#define LIMIT_OCSP_REQUEST 16384
#define LIMIT_OCSP_IDS 32       /* certificates that one request may ask for */
#define LIMIT_OCSP_REQUESTS 32  /* that the engine is asked at once */
#define LIMIT_RSA_BITS_MIN 2048
#define LIMIT_RSA_BITS_MAX 8192 /* a verification of more is a denial of service */

/* between the processes (octets; SOCK_SEQPACKET carries 64 KiB with ease) */
#define LIMIT_MESSAGE 65536
#define LIMIT_RPC_CONNECTIONS 256
#define LIMIT_RPC_CONNECTIONS_USER 192 /* of one user: a role gone bad leaves room for the others */
#define LIMIT_REQUEST_ARENA (4u << 20)
#define LIMIT_ATTRIBUTES 32     /* of one submission */
#define LIMIT_ATTRIBUTE 1024    /* octets of one name or value */
#define LIMIT_IDEMPOTENCY_KEY 200
#define LIMIT_LIST 500          /* rows of one page */
#define LIMIT_REASON 512        /* octets of what an administrator says of a decision */
#define LIMIT_AUDIT_DETAIL 4096 /* octets of what an audit record says; more is cut off */
#define LIMIT_ADVICE_JSON (1u << 20) /* request and draft, or a judgement of them, as JSON */
#define LIMIT_ADVICE_TIMEOUT 60 /* seconds that a rule which is run apart may take */
#define LIMIT_IMPORT 200        /* certificates from elsewhere in one call */
#define LIMIT_APPROVALS 16      /* officers whom a hold may wait for */

/* exits */
#define LIMIT_EVENT_JSON (64u << 20) /* an event as JSON, which may hold a CRL */
#define LIMIT_CONSUMERS 256     /* that the engine knows: exit instances, those of the past among them */
#define LIMIT_CONSUMER 64       /* characters of a consumer's name */
#define LIMIT_CONSUMER_SAYS 256 /* octets of what it says of an event */
#define LIMIT_LETTERS 10000     /* dead letters of one consumer: when they are so many its queue waits */

/* HTTP */
#define LIMIT_HTTP_BODY 65536   /* unless a route says less or more */
#define LIMIT_HTTP_PATH 2048
#define LIMIT_HTTP_HEADERS 64
#define LIMIT_HTTP_RESPONSE (1u << 20)

/* configuration */
#define LIMIT_CONFIG_FILE (1u << 20)
#define LIMIT_CONFIG_DEPTH 32
#define LIMIT_CONFIG_NODES 100000
#define LIMIT_CONFIG_KEY 128    /* octets of one key */
#define LIMIT_INCLUDE_FILES 64  /* that make one configuration */
#define LIMIT_INCLUDE_DEPTH 4   /* files that include files */
#define LIMIT_LISTENERS 64
#define LIMIT_INSTANCE_PROFILES 100
#define LIMIT_TEMPLATE 4096     /* octets of a template, and of what becomes of it */

/* LDAP directories that are published in */
#define LIMIT_LDAP_URIS 16
#define LIMIT_LDAP_ATTRIBUTES 64         /* that a new entry is given */
#define LIMIT_LDAP_TEXT 8192             /* octets of a DN, a filter or a value that was filled in */
#define LIMIT_LDAP_FILTER_DEPTH 16
#define LIMIT_LDAP_ANSWER (64u << 20)    /* octets of one message: an entry with its CRL */
#define LIMIT_LDAP_REFERENCES 100        /* in the answer to one search */

/* files that we read whole: PEM chains, keys */
#define LIMIT_KEY_FILE 65536
#define LIMIT_PEM_FILE (1u << 20)
#define LIMIT_CRL_FILE (64u << 20)
#define LIMIT_KEY_LIST (32u << 20) /* of keys that are refused */

#endif
