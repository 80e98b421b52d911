{% block fields %}
    image: config.Text
    secrets: dict[str, list[str]]
{% endblock %}
