using System.Globalization;

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
        foreach (var (key, lines) in Defaults(info))
        {
            if (card.Find(key) is null)
                card.Set(key, lines);
        }
        card.Set("configs", Configs(card.Find("configs"), info));
        card.Set("dataset_info", DatasetInfo(card.Find("dataset_info"), info));
        card.Body = Body(existing is null ? null : card.Body, info);
        return card.ToString();
    }

    private static IEnumerable<(string Key, IEnumerable<string> Lines)> Defaults(DatasetCardInfo info)
    {
        if (info.License is { } license)
            yield return ("license", [$"license: {YamlText.Scalar(license)}"]);
        if (info.Languages.Count > 0)
            yield return ("language", List("language", info.Languages));
        yield return ("task_categories", List("task_categories", ["text-generation"]));
        if (info.Rows is { } rows)
            yield return ("size_categories", List("size_categories", [SizeCategory(rows)]));
        if (info.SourceDataset is { } source)
            yield return ("source_datasets", List("source_datasets", [source]));
        if (info.Tags.Count > 0)
            yield return ("tags", List("tags", info.Tags));
        yield return ("pretty_name", [$"pretty_name: {YamlText.Scalar(info.PrettyName)}"]);
    }

    private static IEnumerable<string> List(string key, IEnumerable<string> items) =>
        [$"{key}:", .. items.Select(item => $"- {YamlText.Scalar(item)}")];

    private static IEnumerable<string> Configs(YamlEntry? existing, DatasetCardInfo info)
    {
        List<string> own = [$"- config_name: {YamlText.Scalar(info.ConfigName)}", "  data_files:",
            $"  - split: {YamlText.Scalar(info.Split)}"];
        if (info.DataFiles is [var only])
            own.Add($"    path: {YamlText.Scalar(only)}");
        else
            own.AddRange(["    path:", .. info.DataFiles.Select(file => $"    - {YamlText.Scalar(file)}")]);
        return CardItems.Replace("configs", existing, info.ConfigName, own);
    }

    /// <summary>A mapping for one configuration, a list for several.</summary>
    private static IEnumerable<string> DatasetInfo(YamlEntry? existing, DatasetCardInfo info)
    {
        var named = existing?.Lines.Select(line => line.Trim()).FirstOrDefault(
            line => line.StartsWith("config_name:", StringComparison.Ordinal));
        var isOther = named is not null && named["config_name:".Length..].Trim().Trim('"', '\'') != info.ConfigName;
        if (existing is null || (existing.Items is null && !isOther && existing.Inline.Length == 0))
        {
            string[] name = info.ConfigName == "default" ? [] : [$"  config_name: {YamlText.Scalar(info.ConfigName)}"];
            return ["dataset_info:", .. name, .. Info(info, "  ")];
        }
        var own = Info(info, "  ").Prepend($"- config_name: {YamlText.Scalar(info.ConfigName)}").ToList();
        return CardItems.Replace("dataset_info", existing, info.ConfigName, own);
    }

    private static IEnumerable<string> Info(DatasetCardInfo info, string indent)
    {
        if (info.Features is { Count: > 0 } features)
        {
            yield return indent + "features:";
            foreach (var line in CardFeatureWriter.Write(features, indent.Length))
                yield return line;
        }
        if (info.Rows is { } rows && info.DownloadBytes is { } bytes)
        {
            yield return indent + "splits:";
            yield return $"{indent}- name: {YamlText.Scalar(info.Split)}";
            yield return $"{indent}  num_bytes: {Number(info.DatasetBytes ?? bytes)}";
            yield return $"{indent}  num_examples: {Number(rows)}";
            yield return $"{indent}download_size: {Number(bytes)}";
            yield return $"{indent}dataset_size: {Number(info.DatasetBytes ?? bytes)}";
        }
    }

    private static string Body(string? existing, DatasetCardInfo info)
    {
        string[] facts = ["| | |", "|---|---|",
            .. info.Facts.Select(fact => $"| {Cell(fact.Key)} | {Cell(fact.Value)} |")];
        var block = string.Join('\n', [BeginMark, .. info.Facts.Count > 0 ? facts : [], EndMark]);
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

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

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
