#include "cli/tls_options.hpp"

namespace cli {

base::Result<std::shared_ptr<const net::TlsClientContext>, std::string> make_tls_context(
    const TlsOptions& options) {
  if (!options.wanted()) return std::shared_ptr<const net::TlsClientContext>();
  net::TlsClientFiles files;
  files.ca = options.ca;
  files.own = {options.certificate, options.key, options.key_password_file};
  files.verify = !options.insecure;
  return net::TlsClientContext::load(files);
}

}  // namespace cli
