using System.Globalization;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>The beginnings of some documents of each score.</summary>
internal static class ReportDocuments
{
    public static Markup Section(ExampleBands examples) => examples is { Bands.Count: 0, Problem: null }
        ? Markup.None
        : $"""
            <section class="card documents" aria-labelledby="title-documents">
            <h2 id="title-documents">Documents by score</h2>
            <p class="quiet">Some of each rounded score, taken by chance from a few files: the beginnings of their
            texts.</p>
            {Problem(examples.Problem)}
            {examples.Bands.Select(Band)}
            </section>
            """;

    private static Markup Problem(string? problem) => problem is null
        ? Markup.None
        : $"""<p class="problem">Some texts are missing: {PublicText.Of(problem)}</p>""";

    private static Markup Band(ExampleBand band) =>
        $"""
        <section class="band" aria-labelledby="band-{band.Band}">
        <h3 id="band-{band.Band}"><b class="score">{band.Band}</b> {Range(band.Band)}</h3>
        <ul>
        {band.Documents.Select(Document)}
        </ul>
        </section>
        """;

    private static string Range(int band) => band switch
    {
        0 => "scores up to 0.5",
        5 => "scores from 4.5",
        _ => string.Create(CultureInfo.InvariantCulture, $"scores from {band - 0.5:0.0} to {band + 0.5:0.0}"),
    };

    private static Markup Document(ReportExample document) =>
        $"""
        <li><p class="source"><strong>{document.Score.ToString("0.000", CultureInfo.InvariantCulture)}</strong>
        <span>{PublicText.Of(document.File)}, row&nbsp;{document.Row}</span></p>
        <p class="text" dir="auto">{document.Text}</p></li>
        """;
}
