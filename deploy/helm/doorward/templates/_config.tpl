{{/* doorward.yaml: what the chart decides, and `config` over it. */}}
{{- define "doorward.config" -}}
{{- $shutdown := dict "drain_delay" (printf "%ds" (int .Values.drainDelaySeconds)) "timeout" (printf "%ds" (int .Values.timeoutSeconds)) -}}
{{- $server := dict "listen" "0.0.0.0:8080" "shutdown" $shutdown -}}
{{- $session := dict "keys" (list (dict "file" "/etc/doorward/secrets/session-key")) -}}
{{- /* Another store is not mixed with this one: its password is elsewhere. */ -}}
{{- if not (dig "session" "store" "" .Values.config) -}}
{{- $password := dict "file" "/etc/doorward/secrets/redis-password" -}}
{{- $_ := set $session "store" (dict "url" (printf "redis://%s-redis:6379/0" (include "doorward.fullname" .)) "password" $password) -}}
{{- end -}}
{{- $own := dict "server" $server "admin" (dict "listen" "0.0.0.0:9090") "session" $session "upstream" (printf "http://127.0.0.1:%d" (int .Values.app.port)) "tenants_dir" "/etc/doorward/tenants" -}}
{{- mergeOverwrite $own (deepCopy .Values.config) | toYaml -}}
{{- end -}}
