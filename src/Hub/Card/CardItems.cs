namespace FineWebTorch.Hub;

/// <summary>Lists of a card whose items are told apart by <c>config_name</c>.</summary>
internal static class CardItems
{
    /// <summary>The list with the item of one configuration replaced, or added; the other items as they were.</summary>
    /// <param name="own">Written for no indent.</param>
    public static IEnumerable<string> Replace(
        string key, YamlEntry? existing, string configName, IReadOnlyList<string> own)
    {
        if (existing is null)
            return [$"{key}:", .. own];
        var items = existing.Items ?? throw new HubCardException(
            $"README.md writes '{key}' in a form that this program does not change; " +
            "write it as a list of '- config_name: …'");
        var indent = new string(' ', items[0].Indent);
        var indented = own.Select(line => indent + line).ToList();
        // Comments before the first item come as an item of their own.
        var index = items.ToList().FindIndex(item =>
            item.Lines[0].TrimStart().StartsWith('-') && (item.ValueOf("config_name") ?? "default") == configName);
        var lines = items.Select((item, i) => i == index ? indented : item.Lines);
        return [existing.Lines[0], .. lines.SelectMany(item => item), .. index < 0 ? indented : []];
    }
}
