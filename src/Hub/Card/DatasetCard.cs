using YamlDotNet.RepresentationModel;

namespace FineWebTorch.Hub;

/// <summary>
/// Writes a dataset's README.md. Of an existing one only what this program put there is changed: its configuration, its
/// <c>dataset_info</c>, and the part of the body between two marks; keys that are missing are added.
/// </summary>
public static class DatasetCard
{
    private const string BeginMark = "<!-- finewebtorch:begin -->";
    private const string EndMark = "<!-- finewebtorch:end -->";

    /// <param name="existing">The README.md that is there; null for none.</param>
    /// <exception cref="HubCardException">It is written in a way that cannot be changed without harm.</exception>
    public static string Update(string? existing, DatasetCardInfo info)
    {
        var card = CardText.Parse(existing);
        foreach (var (key, value) in Defaults(info))
        {
            if (card.Find(key) is null)
                card.Set(key, value);
        }

        SetConfiguration(card, info);
        SetDatasetInfo(card, info);
        card.Body = Body(existing is null ? null : card.Body, info);
        return card.ToString();
    }

    private static IEnumerable<(string Key, YamlNode Value)> Defaults(DatasetCardInfo info)
    {
        if (info.Source.Licenses.Count > 0)
            yield return ("license", CardYaml.OneOrList(info.Source.Licenses));
        if (info.Source.LicenseName is { } name)
            yield return ("license_name", CardYaml.Text(name));
        if (info.Source.LicenseLink is { } link)
            yield return ("license_link", CardYaml.Text(link));
        if (info.Source.Languages.Count > 0)
            yield return ("language", CardYaml.List(info.Source.Languages));
        yield return ("task_categories", CardYaml.List(["text-generation"]));
        if (info.Rows is { } rows)
            yield return ("size_categories", CardYaml.List([SizeCategory(rows)]));
        if (info.SourceDataset is { } source)
            yield return ("source_datasets", CardYaml.List([source]));
        if (info.BaseModel is { } model)
            yield return ("base_model", CardYaml.Text(model));
        if (info.Tags.Count > 0)
            yield return ("tags", CardYaml.List(info.Tags));
        yield return ("pretty_name", CardYaml.Text(info.PrettyName));
    }

    private static void SetConfiguration(CardText card, DatasetCardInfo info)
    {
        var split = new YamlMappingNode(
            "split", CardYaml.Text(info.Split), "path", CardYaml.OneOrList(info.DataFiles));
        var own = new YamlMappingNode(
            "config_name", CardYaml.Text(info.ConfigName), "data_files", new YamlSequenceNode(split));
        if (card.Find("configs") is null)
            card.Set("configs", new YamlSequenceNode(own));
        else
            card.SetItem("configs", info.ConfigName, own);
    }

    /// <summary>A mapping for one configuration, a list for several.</summary>
    private static void SetDatasetInfo(CardText card, DatasetCardInfo info)
    {
        var name = new YamlMappingNode("config_name", CardYaml.Text(info.ConfigName));
        var existing = card.Find("dataset_info");
        if (existing is null || (existing is YamlMappingNode one && IsOwn(one, info.ConfigName)))
            card.Set("dataset_info", Info(info.ConfigName == "default" ? [] : name, info));
        else
            card.SetItem("dataset_info", info.ConfigName, Info(name, info));
    }

    /// <summary>Without a name it is that of the only configuration, which is this one.</summary>
    private static bool IsOwn(YamlMappingNode existing, string configName) =>
        !existing.Children.ContainsKey("config_name") || CardText.ConfigName(existing) == configName;

    private static YamlMappingNode Info(YamlMappingNode node, DatasetCardInfo info)
    {
        if (info.Features is { Count: > 0 } features)
            node.Add("features", CardYaml.Features(features));
        if (info.Rows is { } rows && info.DownloadBytes is { } bytes)
        {
            var size = CardYaml.Number(info.DatasetBytes ?? bytes);
            node.Add("splits", new YamlSequenceNode(new YamlMappingNode(
                "name", CardYaml.Text(info.Split), "num_bytes", size, "num_examples", CardYaml.Number(rows))));
            node.Add("download_size", CardYaml.Number(bytes));
            node.Add("dataset_size", size);
        }

        return node;
    }

    private static string Body(string? existing, DatasetCardInfo info)
    {
        string[] facts = ["| | |", "|---|---|",
            .. info.Facts.Select(fact => $"| {Cell(fact.Key)} | {Cell(fact.Value)} |")];
        var block = string.Join('\n', [BeginMark, .. info.Text, .. info.Facts.Count > 0 ? facts : [], EndMark]);
        if (existing is null)
            return $"# {info.PrettyName.ReplaceLineEndings(" ")}\n\n{block}\n";
        var begin = existing.IndexOf(BeginMark, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : existing.IndexOf(EndMark, begin, StringComparison.Ordinal);
        return end < 0
            ? $"{existing.TrimEnd('\n')}\n\n{block}\n"
            : existing[..begin] + block + existing[(end + EndMark.Length)..];
    }

    private static string Cell(string text) =>
        text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    private static string SizeCategory(long rows) => rows switch
    {
        < 1_000 => "n<1K",
        < 10_000 => "1K<n<10K",
        < 100_000 => "10K<n<100K",
        < 1_000_000 => "100K<n<1M",
        < 10_000_000 => "1M<n<10M",
        < 100_000_000 => "10M<n<100M",
        < 1_000_000_000 => "100M<n<1B",
        < 10_000_000_000 => "1B<n<10B",
        _ => "10B<n<100B",
    };
}
