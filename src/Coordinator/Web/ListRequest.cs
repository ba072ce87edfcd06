using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Web;

/// <summary>Which part of a list somebody wants to see, as the query of a request says.</summary>
internal sealed class ListRequest(IQueryCollection query)
{
    public const int MostItems = 200;

    private const int Items = 100;

    private readonly string _find = query["find"].ToString();

    public long Offset => Number("offset", 0, long.MaxValue);

    /// <summary>A larger one is cut.</summary>
    public int Limit => (int)Math.Min(Number("limit", Items, long.MaxValue), MostItems);

    public string Sort => Text("sort");

    /// <summary>asc, desc, or empty for that of the list.</summary>
    public string Order => Text("order") is "" or "asc" or "desc"
        ? Text("order")
        : throw new FormatException($"order={Text("order")}: give asc or desc");

    /// <summary>Empty for all.</summary>
    public string State => Text("state");

    /// <summary>All are wanted: nothing is looked for.</summary>
    public bool FindsAll => _find.Length == 0;

    /// <summary>Whether a part of the name, in any case, is what is looked for.</summary>
    public bool Finds(string name) => FindsAll || name.Contains(_find, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">It says what to give.</exception>
    public long Number(string name, long otherwise, long most) => Text(name) is not { Length: > 0 } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
        ? number
        : throw new FormatException(
            $"{name}={text}: give a whole number from 0 {(most == long.MaxValue ? "on" : $"to {most}")}");

    private string Text(string name) => query[name].ToString();
}
