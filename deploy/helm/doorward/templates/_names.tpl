{{/* The name of everything in a release; two releases in one namespace do not meet. */}}
{{- define "doorward.fullname" -}}
{{- if contains "doorward" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-doorward" (.Release.Name | trunc 40 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{/* What says whose an object is. */}}
{{- define "doorward.labels" -}}
app.kubernetes.io/name: doorward
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{/* What the pods with the sidecar have to carry: Service, disruption budget and network policies go by it. */}}
{{- define "doorward.podLabels" -}}
doorward-sidecar: {{ include "doorward.fullname" . }}
{{- end -}}

{{/* Replaces the pods when the main file has changed, which holds what counts from the next start; tenants are not in it. */}}
{{- define "doorward.podAnnotations" -}}
checksum/doorward: {{ include "doorward.config" . | sha256sum }}
{{- end -}}

{{/* terminationGracePeriodSeconds: what Doorward may take, with time for the app to end after it. */}}
{{- define "doorward.gracePeriod" -}}
{{- add .Values.drainDelaySeconds .Values.timeoutSeconds 20 -}}
{{- end -}}
