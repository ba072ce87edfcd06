namespace FineWebTorch.Hub;

/// <summary>Writes features the way <c>datasets</c> writes them into cards.</summary>
internal static class CardFeatureWriter
{
    public static IEnumerable<string> Write(IReadOnlyList<CardFeature> features, int indent) =>
        features.SelectMany(feature => Write(feature, new string(' ', indent)));

    private static IEnumerable<string> Write(CardFeature feature, string indent)
    {
        yield return $"{indent}- name: {YamlText.Scalar(feature.Name)}";
        foreach (var line in WriteType(feature.Type, indent + "  "))
            yield return line;
    }

    private static IEnumerable<string> WriteType(CardFeatureType type, string indent)
    {
        switch (type)
        {
            case CardFeatureType.Value value:
                yield return $"{indent}dtype: {YamlText.Scalar(value.Dtype)}";
                break;
            case CardFeatureType.List { Item: CardFeatureType.Value value }:
                yield return $"{indent}list: {YamlText.Scalar(value.Dtype)}";
                break;
            case CardFeatureType.List { Item: CardFeatureType.Struct fields }:
                yield return indent + "list:";
                foreach (var line in Write(fields.Fields, indent.Length))
                    yield return line;
                break;
            case CardFeatureType.List list:
                yield return indent + "list:";
                foreach (var line in WriteType(list.Item, indent + "  "))
                    yield return line;
                break;
            case CardFeatureType.Struct fields:
                yield return indent + "struct:";
                foreach (var line in Write(fields.Fields, indent.Length))
                    yield return line;
                break;
        }
    }
}
